//! Why a run did not succeed, and the exit code that says so. An error names what was expected, what was found, and
//! what to do next; none of them can hold a secret.

use super::columns::Problem;
use super::publish::PlanError;
use super::source::SourceError;
use super::store::StoreError;
use crate::domain::verify::{EntryVerdict, Status};

/// How many problems are told at once.
const MOST_PROBLEMS: usize = 20;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The command line or the configuration is wrong.
    #[error("{0}")]
    Usage(String),
    /// Michael could not be read. Nothing was written.
    #[error("Michael could not be read, and nothing was written: {0}")]
    Source(#[from] SourceError),
    /// Michael holds what must not be published. Nothing was written.
    #[error("the snapshot was refused, and nothing was written:\n{}", list(.0))]
    Refused(Vec<Problem>),
    /// The snapshot cannot be made. Nothing was written.
    #[error("the snapshot was refused, and nothing was written: {0}")]
    Plan(#[from] PlanError),
    /// The store could not be read or written; the previous snapshot stands.
    #[error("the store could not be {action}; the previous snapshot stands: {source}")]
    Store {
        /// `read` or `written`.
        action: &'static str,
        /// What the store said.
        source: StoreError,
    },
    /// Other writers were faster, again and again.
    #[error("another writer was faster {0} times in a row; the snapshot that stands is theirs; run again")]
    Contended(u32),
    /// What was read back is not what was written.
    #[error("what was read back from the store is not what was written:\n{}", verdict_lines(.0))]
    ReadBack(Vec<EntryVerdict>),
    /// `verify` found the store bad.
    #[error("the store does not hold a whole, verified snapshot:\n{}", verdict_lines(.0))]
    Unverified(Vec<EntryVerdict>),
    /// The store's content could not even be parsed.
    #[error("the store does not hold a whole, verified snapshot: {0}")]
    Unreadable(StoreError),
}

impl SyncError {
    /// The stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Source(SourceError::Locked { .. }) => "locked",
            Self::Source(_) => "source_unreadable",
            Self::Refused(_) => "rows_refused",
            Self::Plan(_) => "snapshot_refused",
            Self::Store { .. } => "store_failed",
            Self::Contended(_) => "store_contended",
            Self::ReadBack(_) => "read_back_differs",
            Self::Unverified(_) | Self::Unreadable(_) => "store_unverified",
        }
    }

    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Source(SourceError::Locked { .. }) => 75,
            Self::Source(_) => 4,
            Self::Refused(_) | Self::Plan(_) => 5,
            Self::Store { .. } | Self::Contended(_) => 6,
            Self::ReadBack(_) => 7,
            Self::Unverified(_) | Self::Unreadable(_) => 8,
        }
    }
}

fn list(problems: &[Problem]) -> String {
    let mut lines: Vec<_> = problems.iter().take(MOST_PROBLEMS).map(|problem| format!("  {}", problem.0)).collect();
    if let Some(more) = problems.len().checked_sub(MOST_PROBLEMS).filter(|more| *more > 0) {
        lines.push(format!("  … and {more} more"));
    }
    lines.join("\n")
}

fn verdict_lines(verdicts: &[EntryVerdict]) -> String {
    let failed = verdicts.iter().filter(|verdict| verdict.status == Status::Failed);
    let line = |verdict: &EntryVerdict| {
        let reason = verdict.reason.map_or("failed", |reason| reason.code());
        let expected = verdict.expected.as_deref().unwrap_or("none that can be told");
        let computed = verdict.computed.map_or_else(|| "none".to_owned(), |computed| computed.to_string());
        let message = verdict.message.as_deref().unwrap_or_default();
        format!("  {}: {reason}: {message}\n    expected {expected}\n    computed {computed}", verdict.key)
    };
    failed.map(line).collect::<Vec<_>>().join("\n")
}
