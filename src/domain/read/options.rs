//! The options of a reader.

use crate::domain::decide::decision::Signature;
use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;

/// The options of a reader. All durations are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long the memo is served without reading the store.
    pub refresh_ms: u64,
    /// The greatest age of a snapshot that is served.
    pub max_age_ms: u64,
    /// The least time between two log events of the same cause.
    pub log_window_ms: u64,
    /// Whether a manifest must be signed.
    pub signature: Signature,
}

impl Default for Options {
    fn default() -> Self {
        let signature = Signature::default();
        Self { refresh_ms: 10_000, max_age_ms: DEFAULT_MAX_AGE_MS, log_window_ms: 60_000, signature }
    }
}
