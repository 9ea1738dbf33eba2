//! Why Michael's rows could not be read. Every message names the place and says what was expected and found. No address
//! with a password and no key gets here, and what a server says is rid of them ([`SourceError::redacted`]).

use super::holder::Holder;
use crate::sync::net::redact::Redactor;

#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The source cannot be opened as it was named. Nothing was connected to.
    #[error("{0}")]
    Config(String),
    #[error("could not read {path}: {source}; {advice}")]
    File { path: String, source: std::io::Error, advice: &'static str },
    #[error("could not read {origin}: {message}{}", advised(advice))]
    Remote {
        /// The server or its table, without secrets.
        origin: String,
        message: String,
        advice: &'static str,
        /// Whether the same request may succeed a little later.
        transient: bool,
    },
    #[error("{origin}: {message}")]
    Hidden { origin: String, message: String },
    #[error("{origin}{}: {message}", at(*row, identity, column.as_deref()))]
    Rows {
        origin: String,
        /// The row, counted from 1, if it is one row's fault.
        row: Option<usize>,
        /// The columns that name the row, as far as they can be read: ` (template_id "classic-light")`.
        identity: String,
        column: Option<String>,
        message: String,
    },
    #[error("{origin}: expected at least one row, found none; an empty snapshot is never published")]
    Empty { origin: String },
    #[error(
        "{origin}: expected two reads in a row to agree, found a difference in each of {reads}; the tables keep \
         changing: run again when they are at rest, or read them in one transaction with --source postgres://…"
    )]
    Unsettled { origin: String, reads: usize },
    #[error("another run holds the lock at {origin}: {holder}")]
    Locked { origin: String, holder: Holder },
    /// The lock was held, and is no longer: another run may have begun.
    #[error("the lock at {origin} was lost before anything was written: {message}; run again")]
    LockLost { origin: String, message: String },
}

impl SourceError {
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Remote { transient: true, .. } | Self::Unsettled { .. })
    }
}

impl SourceError {
    /// The same error without secrets that what was read from has repeated.
    #[must_use]
    pub fn redacted(mut self, redactor: &Redactor) -> Self {
        match &mut self {
            Self::Remote { message, .. } | Self::Hidden { message, .. } | Self::LockLost { message, .. } => {
                *message = redactor.clean(message);
            }
            Self::Rows { identity, column, message, .. } => {
                *identity = redactor.clean(identity);
                *column = column.as_deref().map(|column| redactor.clean(column));
                *message = redactor.clean(message);
            }
            Self::Config(_) | Self::File { .. } | Self::Empty { .. } | Self::Unsettled { .. } | Self::Locked { .. } => {
            }
        }
        self
    }
}

fn at(row: Option<usize>, identity: &str, column: Option<&str>) -> String {
    let row = row.map(|row| format!(", row {row}{identity}")).unwrap_or_default();
    let column = column.map(|column| format!(", column {column}")).unwrap_or_default();
    format!("{row}{column}")
}

fn advised(advice: &str) -> String {
    if advice.is_empty() { String::new() } else { format!("; {advice}") }
}
