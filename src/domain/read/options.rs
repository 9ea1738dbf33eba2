//! How a reader behaves: times that a caller chooses, and whether it asks for signatures.

use crate::domain::decide::decision::Signature;
use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;

/// How a reader behaves. All durations are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long what was verified is served without asking the store.
    pub refresh_ms: u64,
    /// The greatest age of a snapshot that is served.
    pub max_age_ms: u64,
    /// How often the same log event is written.
    pub log_window_ms: u64,
    /// Whether a manifest must be signed to be served.
    pub signature: Signature,
}

impl Default for Options {
    fn default() -> Self {
        let signature = Signature::default();
        Self { refresh_ms: 10_000, max_age_ms: DEFAULT_MAX_AGE_MS, log_window_ms: 60_000, signature }
    }
}
