//! Why a run did not succeed: its code and exit code, what is known of the store, what went wrong, and what to do next.
//! None of it can hold a secret.

use super::steps::StepTimes;
use crate::domain::reason::Reason;
use crate::domain::verify::{EntryVerdict, Status};
use crate::sync::content::Problem;
use crate::sync::plan::{PlanError, Refusal};
use crate::sync::shown::one_line;
use crate::sync::source::SourceError;
use crate::sync::store::StoreError;

const MOST_PROBLEMS: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Internal(String),
    #[error("not allowed, and nothing was read or written: {0}")]
    NotAllowed(String),
    #[error("Michael could not be read, and nothing was written: {0}")]
    Source(#[from] SourceError),
    #[error(
        "Michael could not be read, and nothing was written: the deadline ({0}) passed before he answered; look at the \
         database, or allow more time with --deadline"
    )]
    SourceLate(String),
    #[error(
        "nothing was written: the deadline ({0}) passed before Michael could be asked; look at how long the store \
         took, or allow more time with --deadline"
    )]
    StoreLate(String),
    #[error("nothing was written: {0}")]
    LockLost(SourceError),
    #[error(
        "the snapshot was refused, and nothing was written: the deadline ({0}) passed while it was built; look for a schema \
         that takes very long to check, or allow more time with --deadline"
    )]
    BuildLate(String),
    #[error(
        "the snapshot was refused, and nothing was written: {0} builds that did not end within their deadlines still run, \
         and no more are begun; correct the schema that takes so long to check, then restart atlas-sync"
    )]
    BuildsLate(usize),
    #[error("the snapshot was refused, and nothing was written: {0}")]
    Clock(String),
    #[error("the snapshot was refused, and nothing was written:\n{}", list(.0))]
    Refused(Vec<Problem>),
    #[error("the snapshot was refused, and nothing was written: {0}")]
    Plan(#[from] PlanError),
    #[error("the snapshot was refused, and nothing was written: {}", lines(.0))]
    Protected(Vec<Refusal>),
    #[error("the snapshot could not be signed, and nothing was written: {0}")]
    Signing(String),
    #[error("the snapshot was refused, and nothing was written: {0}")]
    Untrusted(String),
    #[error("the store could not be read; nothing was written: {0}")]
    Unread(StoreError),
    #[error("the store could not be written; {}: {source}", previous(*.standing))]
    NotWritten { standing: Option<u64>, source: StoreError },
    #[error(
        "the store changed between the read and the write {conflicts} times, until the deadline passed; nothing of this \
         run was written; {}; run again", previous(*.standing)
    )]
    Contended { conflicts: u32, standing: Option<u64> },
    #[error(
        "it is not known whether version {version} was written, or will be: either it stands or what stood before it, \
         whole in both cases; run `atlas-sync verify` to see which, and run again: {reason}"
    )]
    OutcomeUnknown { version: u64, reason: String },
    #[error(
        "another writer's snapshot stands; version {version} of this run may have stood before it and is gone; run \
         again: {reason}"
    )]
    Overtaken { version: u64, reason: String },
    #[error(
        "the store took version {version}, but it could not be read back, so it is not known whether it stands; run \
         `atlas-sync verify`: {source}"
    )]
    NotReadBack { version: u64, source: StoreError },
    #[error("what was read back from the store is not version {version} as it was written; {put_back}; found:\n{}", found(.verdicts))]
    ReadBack { version: u64, verdicts: Vec<EntryVerdict>, put_back: String },
    #[error("expected the id of a backup that is kept, found {id}; there are: {}", or_none(.kept))]
    UnknownBackup { id: String, kept: Vec<String> },
    #[error("backup {id} holds no whole, verified snapshot, and nothing was written:\n{}", verdict_lines(.verdicts))]
    BadBackup { id: String, verdicts: Vec<EntryVerdict> },
    #[error("nothing was written: {0}")]
    UnreadBackup(StoreError),
    #[error(
        "expected a backup with a whole snapshot other than the one that stands, found none among the {kept} that are \
         kept (a job with a key passes over those that its keys have not signed); run `atlas-sync sync` to publish what \
         Michael holds{}", lines_below(.passed_over)
    )]
    NoBackup { kept: usize, passed_over: Vec<String> },
    #[error(
        "interrupted; either the previous snapshot or the new one stands, whole in both cases; run `atlas-sync status` \
         to see which"
    )]
    Interrupted,
    /// What only reads was interrupted.
    #[error("interrupted; nothing was written")]
    ReadingInterrupted,
    #[error("the store does not hold a whole, verified snapshot:\n{}", verdict_lines(.0))]
    Unverified(Vec<EntryVerdict>),
    #[error("the snapshot is whole and verified, but readers do not serve it: {}: {message}", .reason.code())]
    NotServed {
        /// Why: `expired`, `clock_skew` or `signature_invalid`.
        reason: Reason,
        message: String,
        verdicts: Vec<EntryVerdict>,
    },
    #[error("the store does not hold a whole, verified snapshot: {0}")]
    Unreadable(StoreError),
}

/// The kinds of failure, each with the exit code of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    Usage = 2,
    NotAllowed = 3,
    Source = 4,
    /// What would be published must not be.
    Refused = 5,
    Store = 6,
    ReadBack = 7,
    Unverified = 8,
    Internal = 70,
    Locked = 75,
    /// What shells give for SIGINT.
    Interrupted = 130,
}

impl SyncError {
    pub fn code(&self) -> &'static str {
        self.kind().0
    }

    pub fn class(&self) -> ErrorClass {
        self.kind().1
    }

    pub fn exit_code(&self) -> u8 {
        self.class() as u8
    }

    fn kind(&self) -> (&'static str, ErrorClass) {
        match self {
            Self::Usage(_) => ("usage", ErrorClass::Usage),
            Self::Internal(_) => ("internal", ErrorClass::Internal),
            Self::NotAllowed(_) => ("not_allowed", ErrorClass::NotAllowed),
            Self::Source(error) if error.is_locked() => ("locked", ErrorClass::Locked),
            Self::Source(_) => ("source_unreadable", ErrorClass::Source),
            Self::SourceLate(_) => ("source_late", ErrorClass::Source),
            Self::StoreLate(_) => ("store_late", ErrorClass::Store),
            Self::LockLost(_) => ("lock_lost", ErrorClass::Source),
            Self::BuildLate(_) | Self::BuildsLate(_) => ("build_late", ErrorClass::Refused),
            Self::Clock(_) => ("clock_skew", ErrorClass::Refused),
            Self::Refused(_) => ("rows_refused", ErrorClass::Refused),
            Self::Plan(_) => ("snapshot_refused", ErrorClass::Refused),
            Self::Protected(refusals) => {
                (refusals.first().map_or("snapshot_refused", |first| first.code), ErrorClass::Refused)
            }
            Self::Signing(_) => ("signing_failed", ErrorClass::Refused),
            Self::Untrusted(_) => (Reason::SignatureInvalid.code(), ErrorClass::Refused),
            Self::Unread(_) | Self::NotWritten { .. } => ("store_failed", ErrorClass::Store),
            Self::Contended { .. } => ("store_contended", ErrorClass::Store),
            Self::OutcomeUnknown { .. } => ("store_outcome_unknown", ErrorClass::Store),
            Self::Overtaken { .. } => ("store_overtaken", ErrorClass::Store),
            Self::NotReadBack { .. } => ("not_read_back", ErrorClass::Store),
            Self::ReadBack { .. } => ("read_back_differs", ErrorClass::ReadBack),
            Self::UnknownBackup { .. } => ("backup_unknown", ErrorClass::Usage),
            Self::BadBackup { .. } | Self::UnreadBackup(_) => ("backup_unverified", ErrorClass::Refused),
            Self::NoBackup { .. } => ("backup_none", ErrorClass::Refused),
            Self::Interrupted | Self::ReadingInterrupted => ("interrupted", ErrorClass::Interrupted),
            Self::Unverified(_) | Self::Unreadable(_) => ("store_unverified", ErrorClass::Unverified),
            Self::NotServed { reason, .. } => (reason.code(), ErrorClass::Unverified),
        }
    }

    /// What went wrong, without the claim about the store.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Source(error) | Self::LockLost(error) => error.to_string(),
            Self::SourceLate(within) => format!("the deadline ({within}) passed before Michael answered"),
            Self::StoreLate(within) => format!("the deadline ({within}) passed before Michael could be asked"),
            Self::BuildLate(within) => format!("the deadline ({within}) passed while the snapshot was built"),
            Self::BuildsLate(builds) => format!("{builds} builds that did not end within their deadlines still run"),
            Self::Refused(problems) => format!("Michael's rows cannot be published:\n{}", list(problems)),
            Self::Plan(error) => error.to_string(),
            Self::Protected(refusals) => lines(refusals),
            Self::Signing(cause) | Self::Untrusted(cause) => cause.clone(),
            Self::Unread(source) | Self::NotWritten { source, .. } => source.to_string(),
            Self::Contended { conflicts, .. } => format!("{conflicts} conflicts until the deadline"),
            other => other.to_string(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct RunFailure {
    pub error: SyncError,
    pub run: String,
    pub steps_ms: StepTimes,
    pub duration_ms: u64,
    /// See [`Report::writes`](super::report::Report::writes).
    pub writes: u32,
}

/// A failure before a run began.
impl From<SyncError> for RunFailure {
    fn from(error: SyncError) -> Self {
        Self { error, run: String::new(), steps_ms: StepTimes::new(), duration_ms: 0, writes: 0 }
    }
}

/// What stands, where this run changed nothing.
fn previous(version: Option<u64>) -> String {
    match version {
        Some(version) => format!("the previous snapshot stands, version {version}"),
        None => "the store still holds what it held before, which is not a verified snapshot".to_owned(),
    }
}

fn lines(refusals: &[Refusal]) -> String {
    refusals.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join("\n")
}

fn lines_below(texts: &[String]) -> String {
    texts.iter().flat_map(|text| ["\n  ", text]).collect()
}

fn or_none(kept: &[String]) -> String {
    if kept.is_empty() { "none".to_owned() } else { kept.join(", ") }
}

/// What is wrong; or, if nothing is, which snapshot it is.
fn found(verdicts: &[EntryVerdict]) -> String {
    let failed = verdict_lines(verdicts);
    let version = verdicts.iter().filter_map(|verdict| verdict.version).max().unwrap_or_default();
    if failed.is_empty() { format!("  a whole snapshot of version {version}") } else { failed }
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
        let message = one_line(verdict.message.as_deref().unwrap_or_default());
        let expected = verdict.expected.as_deref().map(|text| format!("\n    expected {}", one_line(text)));
        let computed = verdict.computed.map(|checksum| format!("\n    computed {checksum}"));
        let checksums = [expected, computed].into_iter().flatten().collect::<String>();
        format!("  {}: {reason}: {message}{checksums}", verdict.key)
    };
    failed.map(line).collect::<Vec<_>>().join("\n")
}
