//! What can go wrong with a store, by what the caller has to do about it: start over from what is there now (conflict),
//! repair the file (unreadable), choose another backup (bad backup), change the request (refused), fix the machine (I/O) or
//! the service (remote, late, behind).

use super::OperationKind;
use crate::sync::net::error::{Again, RemoteError};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// The codes of [`StoreError::Refused`] that this crate gives. Other stores may give others.
pub mod refusal {
    /// The request breaks a rule: an illegal key, the same key twice, a value that cannot be read.
    pub const BAD_REQUEST: &str = "bad_request";
    pub const TOO_LARGE: &str = "edge_config_too_large";
    pub const BACKUP_NOT_FOUND: &str = "edge_config_backup_not_found";
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `create` of an item that exists, or `update` or `delete` of one that does not. Nothing was changed.
    #[error("{}", conflict(*operation, key))]
    Conflict { operation: OperationKind, key: String },

    #[error(
        "could not read the store at {place}, {damage}; repair that line, or move the file away to start from an empty \
         store"
    )]
    Unreadable { place: String, damage: Damage },

    /// A backup that the store lists and cannot give. The store itself can be read.
    #[error("could not read backup {id}: {message}; the store itself can be read; choose another backup")]
    BadBackup { id: String, message: String },

    /// The store understood the request and will not do it. Nothing was changed.
    #[error("the store refused ({code}): {message}")]
    Refused { code: String, message: String },

    #[error("could not {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    #[error(transparent)]
    Remote(Box<RemoteError>),

    /// The deadline came before an answer.
    #[error("the store did not answer within the deadline ({within}){}", previous_try(last.as_deref()))]
    Late { within: String, last: Option<Box<StoreError>> },

    /// The deadline comes before another try may be made.
    #[error("the deadline ({within}) leaves no time for another try: {last}")]
    NoTimeLeft { within: String, last: Box<StoreError> },

    #[error("the store still showed a state before the write when the deadline ({within}) passed")]
    Behind { within: String },
}

/// The first defect of a state file.
#[derive(Debug)]
pub struct Damage {
    pub line: usize,
    /// The byte in that line at which reading stopped, from 1; 0 if the defect is the line as a whole.
    pub column: usize,
    /// The item on that line, if its key is undamaged.
    pub key: Option<String>,
    /// What was expected and found, in the words of the parser.
    pub message: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if self.column > 0 {
            write!(f, ", column {}", self.column)?;
        }
        if let Some(key) = &self.key {
            write!(f, ", in the item `{key}`")?;
        }
        write!(f, ": {}", self.message)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsConflict {
    Yes,
    Perhaps,
    No,
}

impl From<RemoteError> for StoreError {
    fn from(error: RemoteError) -> Self {
        Self::Remote(Box::new(error))
    }
}

impl StoreError {
    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), message: message.into() }
    }

    pub fn again(&self) -> Again {
        match self {
            Self::Remote(error) => error.again(),
            Self::Conflict { .. }
            | Self::Unreadable { .. }
            | Self::BadBackup { .. }
            | Self::Refused { .. }
            | Self::Io { .. }
            | Self::Late { .. }
            | Self::NoTimeLeft { .. }
            | Self::Behind { .. } => Again::Never,
        }
    }

    /// Whether the answer to a write says that another writer was faster.
    ///
    /// The markers decide what happened; this says how to read them. After a `Yes` the request was not done, and is
    /// planned anew. After a `Yes` or `Perhaps` the store may still show the state before the write for a while.
    pub fn conflict(&self) -> IsConflict {
        match self {
            Self::Conflict { .. } => IsConflict::Yes,
            Self::Remote(error) if matches!(**error, RemoteError::Answered { status: 400 | 404 | 409 | 412, .. }) => {
                IsConflict::Perhaps
            }
            _ => IsConflict::No,
        }
    }

    /// Whether one backup is missing or damaged; others may be whole.
    pub fn concerns_one_backup(&self) -> bool {
        match self {
            Self::BadBackup { .. } => true,
            Self::Refused { code, .. } => code == refusal::BACKUP_NOT_FOUND,
            _ => false,
        }
    }

    /// Whether the request may have been done, or may still be done, despite the error.
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Remote(error) => error.may_be_done(),
            Self::Late { .. } | Self::NoTimeLeft { .. } | Self::Behind { .. } => true,
            // A file is replaced before its directory is flushed, which can fail; but then nothing is under way any more,
            // so a look tells what stands.
            Self::Io { .. }
            | Self::Conflict { .. }
            | Self::Unreadable { .. }
            | Self::BadBackup { .. }
            | Self::Refused { .. } => false,
        }
    }
}

fn conflict(operation: OperationKind, key: &str) -> String {
    match operation {
        OperationKind::Create => format!(
            "expected no item `{key}` to be there for `create`, found one: read the store again, another writer may \
             have been faster"
        ),
        OperationKind::Update | OperationKind::Upsert | OperationKind::Delete => format!(
            "expected an item `{key}` to be there for `{operation}`, found none: read the store again, another \
             writer may have been faster"
        ),
    }
}

/// What the try before said.
fn previous_try(last: Option<&StoreError>) -> String {
    last.map_or_else(String::new, |last| format!("; the try before: {last}"))
}
