//! A database that cannot be read: what the error says, and that it never shows a password.

use std::collections::BTreeMap;

use atlas::sync::source::postgres::PostgresSource;
use atlas::sync::source::{Source, SourceError, Table};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::michael::{Michael, phase_1};
use super::server::{READER, READER_PASSWORD, Server, free_port, until};

/// The error of a read, which must hold these words and no secret.
async fn error(url: &str, words: &[&str]) -> SourceError {
    let source = PostgresSource::new(&url.into(), None).unwrap();
    let error = source.read().await.unwrap_err();
    let (shown, debugged) = (error.to_string(), format!("{error:?}"));
    for word in words {
        assert!(shown.contains(word), "{shown}: expected {word}");
    }
    assert!(!shown.contains("s3cr3t") && !debugged.contains("s3cr3t"), "{shown}\n{debugged}");
    error
}

#[tokio::test]
async fn a_wrong_password_says_what_to_check() {
    let michael = Michael::phase_1().await;
    let url = michael.server.url(READER, "wrong-s3cr3t", &michael.database);
    let words = ["password authentication failed for user \"atlas_reader\" [28P01]; check the user and the password"];
    assert!(!error(&url, &words).await.is_transient());
}

/// The address of a server that answers whoever connects with this error.
async fn refusing(message: String) -> String {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut connection, _) = server.accept().await.unwrap();
        let length = connection.read_u32().await.unwrap();
        connection.read_exact(&mut vec![0; length as usize - 4]).await.unwrap();
        let fields = format!("SFATAL\0C28000\0M{message}\0\0");
        let length = u32::try_from(4 + fields.len()).unwrap();
        connection.write_all(&[b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat()).await.unwrap();
    });
    format!("postgres://{READER}:{READER_PASSWORD}@127.0.0.1:{port}/michael")
}

/// A pooler may repeat what it was sent.
#[tokio::test]
async fn what_a_pooler_repeats_of_the_password_is_not_shown() {
    let url = refusing(format!("no user with {READER_PASSWORD}")).await;
    error(&url, &["no user with [redacted] [28000]; check the user and the password"]).await;
}

/// It may repeat a row, which anybody may have written.
#[tokio::test]
async fn what_a_server_says_is_one_short_line() {
    let url = refusing(format!("no\n2026-11-30 INFO all is well {}", "x".repeat(1_000_000))).await;
    let shown =
        error(&url, &[": no 2026-11-30 INFO all is well xxx", "check the user and the password"]).await.to_string();
    assert!(!shown.contains('\n') && shown.len() < 1_000, "{} bytes: {shown:.200}", shown.len());
}

#[tokio::test]
async fn no_server_says_where_and_may_be_tried_again() {
    let port = free_port();
    let url = format!("postgres://{READER}:{READER_PASSWORD}@127.0.0.1:{port}/michael");
    let place = format!("could not read postgres://127.0.0.1:{port}/michael: ");
    assert!(error(&url, &[&place, "Connection refused", "check that the server runs"]).await.is_transient());
}

/// Time stands still but for waiting, so the limit of 10 s is reached as soon as nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://{READER}:{READER_PASSWORD}@127.0.0.1:{port}/michael");
    assert!(error(&url, &["no answer within 10 s"]).await.is_transient());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let server = Server::shared();
    server.reader().await;
    error(&server.url(READER, READER_PASSWORD, "nowhere"), &["database \"nowhere\" does not exist [3D000]; check"])
        .await;
}

#[tokio::test]
async fn a_missing_table_or_column_is_named() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute("alter table plan_limits drop column grace_amount").await.unwrap();
    let words = ["table plan_limits: column \"grace_amount\" does not exist [42703]", "migrations have run"];
    error(&michael.url(), &words).await;
    michael.admin.batch_execute("drop table plan_features").await.unwrap();
    let words =
        ["table plan_features: relation \"public.plan_features\" does not exist [42P01]", "migrations have run"];
    error(&michael.url(), &words).await;
}

#[tokio::test]
async fn a_missing_right_says_what_to_grant() {
    let michael = Michael::with(&phase_1()).await;
    michael.admin.batch_execute(&format!("revoke select on widget_schemas from {READER}")).await.unwrap();
    let words = ["table widget_schemas: permission denied", "[42501]; grant the role usage on the schema public"];
    assert!(!error(&michael.url(), &words).await.is_transient());
}

/// A view in the place of a table shows the settings of the session that reads it.
#[tokio::test]
async fn the_server_is_told_to_give_up_in_time() {
    let michael = Michael::phase_1().await;
    let sql = format!(
        "drop table plan_limits;
         create view plan_limits as select name as plan_id, setting as limit_type, null as limit_value,
           null as enforcement, null as grace_amount from pg_settings;
         grant select on plan_limits to {READER}"
    );
    michael.admin.batch_execute(&sql).await.unwrap();
    let read = michael.source().read().await.unwrap();
    let rows = read.rows(Table::PlanLimits);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let settings: BTreeMap<_, _> =
        rows.iter().map(|row| (text(row.get("plan_id").unwrap()), text(row.get("limit_type").unwrap()))).collect();
    for (name, value) in [
        ("statement_timeout", "30000"),
        ("lock_timeout", "10000"),
        ("idle_in_transaction_session_timeout", "60000"),
        ("row_security", "off"),
        ("tcp_keepalives_idle", "30"),
        ("transaction_read_only", "on"),
        ("transaction_isolation", "repeatable read"),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
}

/// The error of a read that is under way when an administrator calls this function on it.
async fn ended_by(function: &str) -> SourceError {
    let michael = Michael::phase_1().await;
    let locker = michael.server.admin(&michael.database).await;
    locker.batch_execute("begin; lock table plan_limits").await.unwrap();
    let source = michael.source();
    let reading = tokio::spawn(async move { source.read().await });
    let waiting = format!(
        "select {function}(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    );
    until("reader that waits", async || !michael.admin.query(&waiting, &[]).await.unwrap().is_empty()).await;
    reading.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_connection_that_ends_while_reading_says_who_ended_it() {
    let error = ended_by("pg_terminate_backend").await;
    let expected = "terminating connection due to administrator command [57P01]";
    assert!(error.to_string().contains(expected) && error.is_transient(), "{error}");
}

/// With the same code as one that took too long.
#[tokio::test]
async fn a_statement_that_somebody_canceled_is_not_said_to_have_taken_too_long() {
    let error = ended_by("pg_cancel_backend").await;
    let expected =
        "canceling statement due to user request [57014]; see what keeps the server busy, or who canceled it";
    assert!(error.to_string().ends_with(expected) && error.is_transient(), "{error}");
}
