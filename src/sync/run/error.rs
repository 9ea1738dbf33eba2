//! Why a run did not succeed, and the exit code that says so. An error names what was expected, what was found, and
//! what to do next; none of them can hold a secret.

use super::steps::StepTimes;
use crate::domain::reason::Reason;
use crate::domain::verify::{EntryVerdict, Status};
use crate::sync::clock::ClockSkew;
use crate::sync::content::Problem;
use crate::sync::plan::{PlanError, Refusal};
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
        "Michael could not be read, and nothing was written: expected his rows within the deadline of {0} s, found \
         none; look at the database, or give it longer with --deadline"
    )]
    SourceLate(u64),
    #[error("the snapshot was refused, and nothing was written: {0}")]
    Clock(#[from] ClockSkew),
    #[error("the snapshot was refused, and nothing was written:\n{}", list(.0))]
    Refused(Vec<Problem>),
    #[error("the snapshot was refused, and nothing was written: {0}")]
    Plan(#[from] PlanError),
    #[error("the snapshot was refused, and nothing was written: {}", lines(.0))]
    Protected(Vec<Refusal>),
    #[error("the store could not be read; nothing was written: {0}")]
    Unread(StoreError),
    #[error("the store could not be written; {}: {source}", previous(*.standing))]
    NotWritten { standing: Option<u64>, source: StoreError },
    #[error(
        "{conflicts} times in a row the store was no more as it had been read, and the deadline has passed; nothing of \
         this run was written; {}; run again", previous(*.standing)
    )]
    Contended { conflicts: u32, standing: Option<u64> },
    #[error(
        "it is not known whether version {version} was written, or will be: it stands or what stood before it, whole \
         either way; run `atlas-sync verify` to see which, and run again: {reason}"
    )]
    OutcomeUnknown { version: u64, reason: String },
    #[error(
        "another writer's snapshot stands; version {version} of this run may have stood before it, and will not any \
         more; run again: {reason}"
    )]
    Overtaken { version: u64, reason: String },
    #[error(
        "the store took version {version}, but it could not be read back, so it is not known whether it stands; run \
         `atlas-sync verify`: {source}"
    )]
    NotReadBack { version: u64, source: StoreError },
    #[error("what was read back from the store is not version {version} as it was written; {put_back}; found:\n{}", found(.verdicts))]
    ReadBack { version: u64, verdicts: Vec<EntryVerdict>, put_back: Box<PutBack> },
    #[error("expected the id of a backup that is kept, found {id}; there are: {}", or_none(.kept))]
    UnknownBackup { id: String, kept: Vec<String> },
    #[error("backup {id} holds no whole, verified snapshot, and nothing was written:\n{}", verdict_lines(.verdicts))]
    BadBackup { id: String, verdicts: Vec<EntryVerdict> },
    #[error(
        "expected a backup with a whole snapshot other than the one that stands, found none among the {0} that are \
         kept; run `atlas-sync sync` to publish what Michael holds"
    )]
    NoBackup(usize),
    #[error(
        "interrupted; the previous snapshot or the new one stands, whole either way; see which with `atlas-sync status`"
    )]
    Interrupted,
    #[error("the store does not hold a whole, verified snapshot:\n{}", verdict_lines(.0))]
    Unverified(Vec<EntryVerdict>),
    #[error("the snapshot is whole and verified, but readers do not serve it: {}: {message}", .reason.code())]
    NotServed {
        /// Why: `expired` or `clock_skew`.
        reason: Reason,
        message: String,
        verdicts: Vec<EntryVerdict>,
    },
    #[error("the store does not hold a whole, verified snapshot: {0}")]
    Unreadable(StoreError),
}

/// The kinds of failure, each with the exit code of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Usage = 2,
    NotAllowed = 3,
    Source = 4,
    /// Nothing was written, since what would be published must not be.
    Refused = 5,
    Store = 6,
    ReadBack = 7,
    Unverified = 8,
    Internal = 70,
    Locked = 75,
    /// What shells give for SIGINT.
    Interrupted = 130,
}

/// What was done about a snapshot that was not read back as it was written.
#[derive(Debug, thiserror::Error)]
pub enum PutBack {
    #[error("the previous content was published again as version {version}, and verified")]
    Done { version: u64 },
    /// The previous content was published again, and that does not verify either.
    #[error(
        "the previous content was published again as version {version}, which reads back wrong as well: the store \
         itself is at fault"
    )]
    ReadsWrong { version: u64 },
    /// The store does not have what it took; it still has the previous snapshot.
    #[error("the store does not have it: the previous snapshot, version {version}, stands")]
    PreviousStands { version: u64 },
    #[error(
        "it is not known whether the previous content was published again as version {version}; run `atlas-sync \
         verify`: {source}"
    )]
    Unknown { version: u64, source: StoreError },
    #[error(
        "there was no previous snapshot to put back, so readers fall back to Paris; look at the store, and run again"
    )]
    NothingBefore,
    #[error("version {version}, which another writer has published since, stands and is whole")]
    Superseded { version: u64 },
    #[error("the previous content could not be put back, so readers may fall back to Paris; run again: {0}")]
    Failed(String),
}

impl SyncError {
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Internal(_) => "internal",
            Self::NotAllowed(_) => "not_allowed",
            Self::Source(SourceError::Locked { .. }) => "locked",
            Self::Source(_) => "source_unreadable",
            Self::SourceLate(_) => "source_late",
            Self::Clock(_) => "clock_skew",
            Self::Refused(_) => "rows_refused",
            Self::Plan(_) => "snapshot_refused",
            Self::Protected(refusals) => match refusals.as_slice() {
                [] => "snapshot_refused",
                [first, ..] => first.code(),
            },
            Self::Unread(_) | Self::NotWritten { .. } => "store_failed",
            Self::Contended { .. } => "store_contended",
            Self::OutcomeUnknown { .. } => "store_outcome_unknown",
            Self::Overtaken { .. } => "store_overtaken",
            Self::NotReadBack { .. } => "not_read_back",
            Self::ReadBack { .. } => "read_back_differs",
            Self::UnknownBackup { .. } => "backup_unknown",
            Self::BadBackup { .. } => "backup_unverified",
            Self::NoBackup(_) => "backup_none",
            Self::Interrupted => "interrupted",
            Self::Unverified(_) | Self::Unreadable(_) => "store_unverified",
            Self::NotServed { reason, .. } => reason.code(),
        }
    }

    /// What happened, without what it says of the store.
    pub(crate) fn bare(&self) -> String {
        match self {
            Self::Source(error) => format!("Michael could not be read: {error}"),
            Self::SourceLate(seconds) => format!("Michael did not answer within the deadline ({seconds} s)"),
            Self::Refused(problems) => format!("what Michael says now cannot be published:\n{}", list(problems)),
            Self::Plan(error) => error.to_string(),
            Self::Protected(refusals) => lines(refusals),
            Self::Unread(source) | Self::NotWritten { source, .. } => source.to_string(),
            Self::Contended { conflicts, .. } => format!("{conflicts} conflicts up to the deadline"),
            other => other.to_string(),
        }
    }

    pub const fn class(&self) -> Class {
        match self {
            Self::Usage(_) | Self::UnknownBackup { .. } => Class::Usage,
            Self::Internal(_) => Class::Internal,
            Self::NotAllowed(_) => Class::NotAllowed,
            Self::Source(SourceError::Locked { .. }) => Class::Locked,
            Self::Source(_) | Self::SourceLate(_) => Class::Source,
            Self::Clock(_)
            | Self::Refused(_)
            | Self::Plan(_)
            | Self::Protected(_)
            | Self::BadBackup { .. }
            | Self::NoBackup(_) => Class::Refused,
            Self::Unread(_)
            | Self::NotWritten { .. }
            | Self::Contended { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Overtaken { .. }
            | Self::NotReadBack { .. } => Class::Store,
            Self::ReadBack { .. } => Class::ReadBack,
            Self::Unverified(_) | Self::Unreadable(_) | Self::NotServed { .. } => Class::Unverified,
            Self::Interrupted => Class::Interrupted,
        }
    }

    pub const fn exit_code(&self) -> u8 {
        self.class() as u8
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    pub error: SyncError,
    pub run: String,
    pub steps_ms: StepTimes,
    pub duration_ms: u64,
}

impl Failure {
    pub fn early(error: SyncError) -> Self {
        Self { error, run: String::new(), steps_ms: StepTimes::new(), duration_ms: 0 }
    }
}

/// What is known to stand of which nothing was changed.
fn previous(version: Option<u64>) -> String {
    match version {
        Some(version) => format!("the previous snapshot stands, version {version}"),
        None => "what stood before stands, which is no verified snapshot".to_owned(),
    }
}

fn lines(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
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
        let expected = verdict.expected.as_deref().unwrap_or("none that can be told");
        let computed = verdict.computed.map_or_else(|| "none".to_owned(), |computed| computed.to_string());
        let message = verdict.message.as_deref().unwrap_or_default();
        format!("  {}: {reason}: {message}\n    expected {expected}\n    computed {computed}", verdict.key)
    };
    failed.map(line).collect::<Vec<_>>().join("\n")
}
