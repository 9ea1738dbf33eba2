//! Why Michael's rows could not be read. Every message names the place and says what was expected and found. It holds no
//! address with a password and no key: whoever quotes a server redacts its words first.

use std::time::Duration;

use crate::sync::net::error::Again;
use crate::sync::net::redact::Redactor;

const HELD: &str = "another run holds";

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    kind: Kind,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lasting,
    /// The same read may succeed a little later, or, if the server says so, after this time.
    Transient(Again),
    /// Another run holds the lock.
    Locked,
}

impl SourceError {
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Lasting, message: message.into() }
    }

    pub fn transient(message: impl Into<String>) -> Self {
        Self { kind: Kind::Transient(Again::Soon), ..Self::new(message) }
    }

    pub fn locked(origin: &str, holder: &str) -> Self {
        Self { kind: Kind::Locked, ..Self::new(format!("{HELD} the lock at {origin}: {holder}")) }
    }

    /// The same error of a run that has lost a connection on which it may have taken the lock itself.
    #[must_use]
    pub fn or_own_lock(self) -> Self {
        let message = match self.message.strip_prefix(HELD) {
            Some(rest) => format!("another run, or a connection that this run has lost, holds{rest}"),
            None => self.message,
        };
        Self { message, ..self }
    }

    /// A server, or one of its tables, that could not be read.
    pub fn remote(origin: &str, message: &str, advice: &str, transient: bool) -> Self {
        let advice = if advice.is_empty() { String::new() } else { format!("; {advice}") };
        let message = format!("could not read {origin}: {message}{advice}");
        if transient { Self::transient(message) } else { Self::new(message) }
    }

    /// The same error of a server that wants the next request only after this time, if it says so.
    #[must_use]
    pub fn after(self, time: Option<Duration>) -> Self {
        match (self.kind, time) {
            (Kind::Transient(_), Some(time)) => Self { kind: Kind::Transient(Again::After(time)), ..self },
            _ => self,
        }
    }

    /// Whether and when to read again.
    pub fn again(&self) -> Again {
        match self.kind {
            Kind::Transient(again) => again,
            Kind::Lasting | Kind::Locked => Again::Never,
        }
    }

    pub fn is_transient(&self) -> bool {
        self.again() != Again::Never
    }

    pub fn is_locked(&self) -> bool {
        self.kind == Kind::Locked
    }

    /// The same error without the secrets that the server may have repeated in place of rows.
    #[must_use]
    pub fn redacted(self, redactor: &Redactor) -> Self {
        Self { message: redactor.clean(&self.message), ..self }
    }
}
