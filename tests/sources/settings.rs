//! What a role or a database sets for its sessions changes nothing in what is read.

use std::time::Duration;

use atlas::sync::source::postgres::PostgresSource;

use super::command::LocalStore;
use super::michael::{Michael, payloads};

const ODD: [(&str, &str); 8] = [
    ("standard_conforming_strings", "off"),
    ("extra_float_digits", "-15"),
    ("search_path", "''"),
    ("DateStyle", "'SQL, DMY'"),
    ("TimeZone", "'Asia/Kolkata'"),
    ("bytea_output", "escape"),
    ("quote_all_identifiers", "on"),
    ("default_transaction_isolation", "serializable"),
];

impl Michael {
    /// Holds for the connections that are opened from now on.
    async fn set(&self, name: &str, value: &str) {
        self.admin.batch_execute(&format!("alter database {} set {name} = {value}", self.database)).await.unwrap();
    }
}

#[tokio::test]
async fn the_settings_of_a_database_change_no_byte() {
    let michael = Michael::phase_1().await;
    let sql = "alter table plan_limits alter limit_value type double precision;
               update plan_limits set limit_value = 1234567";
    michael.admin.batch_execute(sql).await.unwrap();
    let expected = payloads(&michael.source()).await.unwrap();
    assert!(expected.concat().contains("1234567"), "{expected:?}");
    for (name, value) in ODD {
        michael.set(name, value).await;
    }
    assert_eq!(payloads(&michael.source()).await.unwrap(), expected);
    // A backslash at the end would take the quote with it.
    let named = format!("{}?application_name=a%27b%5C", michael.url());
    LocalStore::new().sync(&named).await.is("published", 1);
}

#[tokio::test]
async fn a_session_that_listens_is_not_ended_for_being_idle() {
    let michael = Michael::phase_1().await;
    michael.set("idle_session_timeout", "200").await;
    let source = PostgresSource::new(&michael.url().into(), None).unwrap();
    let mut listening = source.listen(&"atlas".parse().unwrap()).await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(1), listening.heard()).await;
    assert!(heard.is_err(), "{heard:?}");
    michael.admin.batch_execute("notify atlas").await.unwrap();
    listening.heard().await.unwrap();
}
