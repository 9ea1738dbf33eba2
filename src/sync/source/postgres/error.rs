//! The driver's errors in words that say what to do.

use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use tokio_postgres::error::{Error, SqlState};

use crate::sync::source::SourceError;

/// A request that was not answered in time.
pub fn late(origin: &str, after: Duration) -> SourceError {
    SourceError::Remote {
        origin: origin.to_owned(),
        message: format!("no answer within {} s", after.as_secs()),
        advice: "check the address, and that no firewall stands between",
        transient: true,
    }
}

/// An error of the driver. `end` is what ended the connection, if that is known.
pub fn explain(origin: &str, error: &Error, end: Option<&String>) -> SourceError {
    let (advice, transient) = advice(error);
    let message = match end {
        Some(end) if error.is_closed() => format!("the connection ended: {end}"),
        _ => words(error),
    };
    SourceError::Remote { origin: origin.to_owned(), message, advice, transient }
}

/// The error with its causes; of the server's own errors, what it says and the code.
pub fn words(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return format!("{} [{}]{hint}", error.message(), error.code().code());
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(words, ": {error}");
        cause = error.source();
    }
    words
}

/// What to do, and whether trying again may help.
fn advice(error: &Error) -> (&'static str, bool) {
    let Some(code) = error.code() else {
        return without_code(error);
    };
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            ("check the user and the password in ATLAS_SOURCE", false)
        }
        SqlState::INVALID_CATALOG_NAME => ("check the name of the database in ATLAS_SOURCE", false),
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN => {
            ("check that ATLAS_SOURCE names Michael's database, and that its migrations have run", false)
        }
        SqlState::INSUFFICIENT_PRIVILEGE => (
            "grant the role usage on the schema public, and select on widget_templates, widget_schemas, \
             plan_features and plan_limits",
            false,
        ),
        SqlState::QUERY_CANCELED => ("the server gave up after 30 s: see what keeps it busy", true),
        SqlState::TOO_MANY_CONNECTIONS
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::LOCK_NOT_AVAILABLE => ("run again", true),
        _ => ("", false),
    }
}

fn without_code(error: &Error) -> (&'static str, bool) {
    let words = words(error);
    if words.contains("certificate") {
        ("name the CA that signed the server's certificate with --source-ca-file", false)
    } else if words.contains("server does not support TLS") {
        ("switch TLS on at the server (ssl = on): the connection has to be encrypted", false)
    } else if words.contains("authentication") || words.contains("password") {
        ("check the user and the password in ATLAS_SOURCE", false)
    } else {
        ("check that the server runs and that ATLAS_SOURCE names it", true)
    }
}
