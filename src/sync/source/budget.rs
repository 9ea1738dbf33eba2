//! How many bytes of rows one read may take: parsed, they take many times as much memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::SourceError;

/// In megabytes, for all tables together. A snapshot holds one.
const MOST_MEGABYTES: usize = 16;

/// The longest row that any read has room for, in bytes of JSON text.
pub(crate) const MOST_BYTES: usize = MOST_MEGABYTES * 1_000_000;

/// What a row takes at least. However short it is, its place is remembered, and what is wrong with it.
const LEAST_BYTES: usize = 100;

/// What a row takes besides its text.
pub(super) fn overhead(row: &str) -> usize {
    LEAST_BYTES.saturating_sub(row.len())
}

/// What one read may still take, in bytes of JSON text.
pub(crate) struct RowBudget(AtomicUsize);

impl RowBudget {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(MOST_BYTES))
    }

    pub(super) fn left(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes so many bytes for the rows of the table that `origin` names.
    pub(super) fn take(&self, origin: &str, bytes: usize) -> Result<(), SourceError> {
        let less = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map(drop).map_err(|_| {
            SourceError::new(format!(
                "{origin}: expected at most {MOST_MEGABYTES} MB of rows in Michael's tables together, found more; a \
                 snapshot holds 1 MB: check that --source names Michael, and remove the rows that no widget needs"
            ))
        })
    }
}
