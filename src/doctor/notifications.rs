//! Whether a change of Michael's rows reaches a job that listens: the connection between the two, and the triggers.

use tokio_postgres::SimpleQueryRow;

use super::finding::{Check, Finding};
use super::triggers;
use crate::sync::source::postgres::{Channel, ListenError, PostgresSource};
use crate::sync::source::{SourceError, Table};

/// Insert, delete, update and truncate, as `pg_trigger.tgtype` has them.
const EVENTS: [(u32, &str); 4] = [(4, "insert"), (8, "delete"), (16, "update"), (32, "truncate")];

pub async fn check(database: &PostgresSource, channel: Option<&Channel>, findings: &mut Vec<Finding>) {
    findings.push(pooler(database, channel.is_some()).await);
    findings.push(match channel {
        None => Finding::skipped(
            Check::Triggers,
            "no --listen-channel: a change is published within the hour, or when PUT /edge-config is called",
        ),
        Some(channel) => match missing(database, channel).await {
            Ok(missing) => finding(channel, &missing),
            Err(error) => Finding::problem(Check::Triggers, error.to_string()),
        },
    });
}

/// Whether a notification arrives. Sent on a channel of its own, so that no job that listens takes it for a change.
async fn pooler(database: &PostgresSource, needed: bool) -> Finding {
    match database.listen(&Channel::random()).await {
        Ok(_) => Finding::ok(Check::Pooler, "notifications arrive: no pooler in transaction mode stands between"),
        Err(error @ ListenError::NotDelivered { .. }) if needed => Finding::problem(Check::Pooler, error.to_string()),
        Err(ListenError::NotDelivered { .. }) => Finding::ok(
            Check::Pooler,
            "a pooler in transaction mode stands between: syncs work through it, --listen-channel would not",
        ),
        Err(error) if needed => Finding::problem(Check::Pooler, error.to_string()),
        Err(error) => Finding::skipped(Check::Pooler, format!("could not be checked: {error}")),
    }
}

/// The tables whose changes are not all notified, and which are not.
async fn missing(database: &PostgresSource, channel: &Channel) -> Result<Vec<String>, SourceError> {
    let connection = database.connect().await?;
    let rows = connection.rows(&triggers::query(channel)).await?;
    connection.close().await;
    Ok(Table::ALL.into_iter().filter_map(|table| gap(&rows, table)).collect())
}

fn gap(rows: &[SimpleQueryRow], table: Table) -> Option<String> {
    let row = rows.iter().find(|row| row.get(0) == Some(table.name()));
    let events: u32 = row.and_then(|row| row.get(1)?.parse().ok()).unwrap_or_default();
    let missing: Vec<_> = EVENTS.into_iter().filter(|(bit, _)| events & bit == 0).map(|(_, name)| name).collect();
    match missing.len() {
        0 => None,
        4 => Some(table.name().to_owned()),
        _ => Some(format!("{table} ({})", missing.join(", "))),
    }
}

fn finding(channel: &Channel, missing: &[String]) -> Finding {
    if missing.is_empty() {
        return Finding::ok(Check::Triggers, format!("every change of Michael's tables is notified on {channel}"));
    }
    let message = format!(
        "no enabled trigger notifies the channel {channel} of changes to {}: run what `atlas-sync doctor --triggers` \
         prints for this channel, as the owner of the tables",
        missing.join(", ")
    );
    Finding::problem(Check::Triggers, message)
}
