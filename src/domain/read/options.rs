//! The options of a reader.

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
    pub signed: bool,
    /// The version below which nothing is served.
    pub min_version: u64,
    /// By how many thousandths this reader's waits, between refreshes and between probes of the breaker, are shorter; at
    /// most [`Self::MOST_JITTER`]. Readers that began together, after a deploy or an outage, drift apart if each has
    /// another value.
    pub jitter: u32,
}

impl Options {
    /// The greatest jitter: a tenth.
    pub const MOST_JITTER: u32 = 100;

    /// A wait with this reader's jitter, in milliseconds.
    pub fn wait(&self, ms: u64) -> u64 {
        ms - ms.saturating_mul(self.jitter.min(Self::MOST_JITTER).into()) / 1000
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            refresh_ms: 10_000,
            max_age_ms: DEFAULT_MAX_AGE_MS,
            log_window_ms: 60_000,
            signed: false,
            min_version: 0,
            jitter: 0,
        }
    }
}
