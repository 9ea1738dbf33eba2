//! The driver's errors in words that say what to do.

use std::time::Duration;

use tokio_postgres::error::{DbError, Error, Severity, SqlState};

use super::transient::is_transient;
use crate::sync::net::error::chain;
use crate::sync::net::redact::Redactor;
use crate::sync::source::SourceError;

/// The function of the server that refuses what row security would filter; unlike the message it is in no language.
const REFUSED_BY_ROW_SECURITY: &str = "check_enable_rls";

/// How much of the server's words is shown, in characters. They may repeat a row, which anybody may have written.
const MOST_SHOWN: usize = 500;

pub fn late(origin: &str, after: Duration) -> SourceError {
    SourceError::remote(origin, &no_answer(after), "check the address, and that no firewall stands between", true)
}

pub fn no_answer(after: Duration) -> String {
    format!("no answer within {} s", after.as_secs())
}

/// Whether it is the server's last word (`PostgreSQL`, "Severity").
pub fn ends_the_connection(error: &DbError) -> bool {
    matches!(error.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
}

/// An error of the driver. `end` is what ended the connection, if that is known.
pub fn explain(origin: &str, error: &Error, end: Option<&String>, redactor: &Redactor) -> SourceError {
    let said = match end {
        Some(end) if error.is_closed() => format!("the connection ended: {end}"),
        _ => words(error),
    };
    let (advice, transient) = match error.as_db_error() {
        Some(error) => (advice(error), is_transient(error.code(), error.message())),
        None => without_code(&said),
    };
    let said = shown(&said, redactor);
    if error.as_db_error().and_then(DbError::routine) == Some(REFUSED_BY_ROW_SECURITY) {
        // A view, say, reads a table of which some rows would be left out.
        let remedy = "let the role that reads the table see all of its rows, as a superuser: alter role … bypassrls";
        return SourceError::new(format!("{origin}: {said}; {remedy}"));
    }
    SourceError::remote(origin, &said, advice, transient)
}

/// A server of which `target_session_attrs` asks for the other kind.
pub fn wrong_server_kind(origin: &str, standby: bool) -> SourceError {
    let (expected, found) = if standby { ("a standby", "a primary") } else { ("a primary", "a standby") };
    let message = format!("expected {expected}, as target_session_attrs says, found {found}");
    SourceError::remote(origin, &message, "name all hosts of the database in ATLAS_SOURCE", true)
}

pub fn row_security_changing(origin: &str) -> SourceError {
    let message = "the row security of the tables kept changing while the transaction began";
    SourceError::remote(origin, message, "run again when the migration is over", true)
}

/// The transaction may have seen the table empty.
pub fn rewritten(origin: &str, table: &str) -> SourceError {
    let message = format!("{table} was rewritten or replaced after the transaction had begun");
    SourceError::remote(origin, &message, "run again when the migration is over", true)
}

/// A server's words as a message quotes them.
pub fn shown(said: &str, redactor: &Redactor) -> String {
    redactor.shown(said, MOST_SHOWN)
}

/// The error with its causes; for an error of the server, its message and code.
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
        // A standby, too, takes no LISTEN.
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "check that ATLAS_SOURCE names the primary, and that reading Michael's tables writes nothing"
        }
        SqlState::QUERY_CANCELED => "see what keeps the server busy, or who canceled it",
        SqlState::LOCK_NOT_AVAILABLE => {
            "look in pg_locks for the session that has locked it, such as a migration, and end that if it hangs"
        }
        SqlState::TOO_MANY_CONNECTIONS => "end connections that nobody uses, or raise the role's or the server's limit",
        _ if error.message().contains("statement pooling") => "set the pooler to transaction or session mode",
        _ if is_transient(error.code(), error.message()) => "run again",
        _ if error.code().code().starts_with("08") => "check the address, the user and the database in ATLAS_SOURCE",
        _ => "",
    }
}

fn without_code(said: &str) -> (&'static str, bool) {
    if said.contains("certificate") {
        ("name the CA that signed the server's certificate with --source-ca-file", false)
    } else if said.contains("server does not support TLS") {
        ("switch TLS on at the server (ssl = on): the connection has to be encrypted", false)
    } else if said.contains("database does not allow writes") {
        ("use target_session_attrs=primary, which takes a primary whose sessions are read-only, too", true)
    } else if said.contains("authentication") || said.contains("password") {
        ("check the user and the password in ATLAS_SOURCE", false)
    } else {
        ("check that the server runs and that ATLAS_SOURCE names it", true)
    }
}
