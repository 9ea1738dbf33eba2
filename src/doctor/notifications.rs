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
        Some(channel) => match watched(database, channel).await {
            Ok(watched) => finding(channel, &watched),
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

/// What is known of the notifications of one table.
struct Watched {
    table: Table,
    /// Why triggers on it do not see every change, if they do not.
    behind: Option<&'static str>,
    /// No view does, as `doctor --triggers` prints them; nor a foreign table before `PostgreSQL` 16, for truncate.
    takes_triggers: bool,
    /// The events that no trigger on it notifies.
    missing: Vec<&'static str>,
}

async fn watched(database: &PostgresSource, channel: &Channel) -> Result<Vec<Watched>, SourceError> {
    let connection = database.connect().await?;
    let rows = connection.rows(&triggers::query(channel)).await?;
    connection.close().await;
    Ok(Table::ALL.into_iter().map(|table| Watched::of(&rows, table)).collect())
}

impl Watched {
    fn of(rows: &[SimpleQueryRow], table: Table) -> Self {
        let row = rows.iter().find(|row| row.get(0) == Some(table.name()));
        let kind = row.and_then(|row| row.get(1));
        let behind = match kind {
            Some("v" | "m") => Some("is a view"),
            Some("p") => Some("has partitions or child tables"),
            Some("f") => Some("is a foreign table"),
            _ => None,
        };
        let events: u32 = row.and_then(|row| row.get(2)?.parse().ok()).unwrap_or_default();
        let missing = EVENTS.into_iter().filter(|(bit, _)| events & bit == 0).map(|(_, name)| name).collect();
        Self { table, behind, takes_triggers: !matches!(kind, Some("v" | "m" | "f")), missing }
    }

    fn gap(&self) -> Option<String> {
        match self.missing.len() {
            _ if !self.takes_triggers => None,
            0 => None,
            4 => Some(self.table.name().to_owned()),
            _ => Some(format!("{} ({})", self.table, self.missing.join(", "))),
        }
    }
}

fn finding(channel: &Channel, watched: &[Watched]) -> Finding {
    let gaps: Vec<_> = watched.iter().filter_map(Watched::gap).collect();
    let behind: Vec<_> =
        watched.iter().filter_map(|one| one.behind.map(|what| format!("{} {what}", one.table))).collect();
    let mut said = Vec::new();
    if !gaps.is_empty() {
        said.push(format!(
            "no enabled trigger notifies the channel {channel} of changes to {}: run what `atlas-sync doctor --triggers` \
             prints for this channel, as the owner of the tables",
            gaps.join(", ")
        ));
    }
    if !behind.is_empty() {
        said.push(format!(
            "{}, and a trigger there does not see what is done to the tables behind: whether those notify the channel \
             {channel} is not checked; a change that is not notified is published within the hour",
            behind.join(", ")
        ));
    }
    let message = said.join("; ");
    match (gaps.is_empty(), behind.is_empty()) {
        (true, true) => {
            Finding::ok(Check::Triggers, format!("every change of Michael's tables is notified on {channel}"))
        }
        (true, false) => Finding::warning(Check::Triggers, message),
        (false, _) => Finding::problem(Check::Triggers, message),
    }
}
