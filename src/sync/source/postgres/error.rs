//! The driver's errors in words that say what to do.

use std::time::Duration;

use tokio_postgres::error::{DbError, Error, SqlState};

use super::transient::is_transient;
use crate::sync::net::error::chain;
use crate::sync::source::SourceError;

/// The function of the server that refuses what row security would filter; unlike the message it is in no language.
const REFUSED_BY_ROW_SECURITY: &str = "check_enable_rls";

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
    if error.as_db_error().and_then(DbError::routine) == Some(REFUSED_BY_ROW_SECURITY) {
        return refused_by_row_security(origin, &words(error));
    }
    let (advice, transient) = match error.as_db_error() {
        Some(error) => (advice(error), is_transient(error.code(), error.message())),
        None => without_code(error),
    };
    let message = match end {
        Some(end) if error.is_closed() => format!("the connection ended: {end}"),
        _ => words(error),
    };
    SourceError::Remote { origin: origin.to_owned(), message, advice, transient }
}

/// The server refused to leave rows of a table out that a view, say, reads.
pub fn refused_by_row_security(origin: &str, message: &str) -> SourceError {
    SourceError::Hidden {
        origin: origin.to_owned(),
        message: format!(
            "{message}; let the role that reads the table see all of its rows, as a superuser: alter role … bypassrls"
        ),
    }
}

pub fn unsettled(origin: &str) -> SourceError {
    SourceError::Remote {
        origin: origin.to_owned(),
        message: "the row security of the tables kept changing while the transaction began".to_owned(),
        advice: "run again when the migration is over",
        transient: true,
    }
}

/// The error with its causes; of the server's own errors, what it says and the code.
pub fn words(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return format!("{} [{}]{hint}", error.message(), error.code().code());
    }
    chain(error)
}

fn advice(error: &DbError) -> &'static str {
    match *error.code() {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check the user and the password in ATLAS_SOURCE"
        }
        SqlState::INVALID_CATALOG_NAME => "check the name of the database in ATLAS_SOURCE",
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN => {
            "check that ATLAS_SOURCE names Michael's database, and that its migrations have run"
        }
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "grant the role usage on the schema public, and select on each of Michael's tables"
        }
        SqlState::QUERY_CANCELED => "the server gave up after 30 s: see what keeps it busy",
        _ if is_transient(error.code(), error.message()) => "run again",
        _ if error.code().code().starts_with("08") => "check the address, the user and the database in ATLAS_SOURCE",
        _ => "",
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
