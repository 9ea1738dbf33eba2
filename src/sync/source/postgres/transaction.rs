//! The one transaction of a run: it takes the lock, reads all four tables as they are at one moment, and stays open
//! until the store is written.
//!
//! Nothing that it sets or locks outlives it, so behind a pooler whoever gets the connection next finds it as it was.

use tokio::try_join;

use super::advisory_lock::AdvisoryLock;
use super::connection::Connection;
use super::{error, row_security};
use crate::domain::time::Timestamp;
use crate::sync::source::{Holder, Michael, SourceError, Table, TableRows, strict};

const BEGIN: &str = "begin transaction isolation level repeatable read, read only; set local lock_timeout = '10s'";

/// What the server is told for the length of the transaction, as far as it knows the setting: to refuse what row
/// security would filter, to give up in time, and to notice within a minute that this machine is gone, which frees the
/// lock. The lock keeps the transaction from being idle for longer.
const SETTINGS: &str = "\
    select pg_catalog.set_config(name, wanted, true) from (values
        ('row_security', 'off'), ('statement_timeout', '30s'), ('lock_timeout', '10s'), ('transaction_timeout', '0'),
        ('idle_in_transaction_session_timeout', '60s'),
        ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')
    ) as settings (name, wanted) where pg_catalog.current_setting(name, true) is not null";

/// The server's time, as [`Timestamp`] is written.
pub const CLOCK: &str = "\
    select pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')";

/// How often the transaction begins anew because row security was found on a table that it had not locked yet.
const BEGINS: usize = 3;

#[derive(Debug)]
pub struct Transaction {
    pub connection: Connection,
    /// Tables whose row security lets the role see every row. They are locked against a change of that.
    seen_whole: Vec<Table>,
}

pub enum Begun {
    /// It is open, under the lock if one was wanted.
    Open(Transaction),
    Locked(Connection, Holder),
}

impl Transaction {
    /// Begins, with the lock as the first thing that is asked for.
    pub async fn begin(connection: Connection, lock: Option<AdvisoryLock>) -> Result<Begun, SourceError> {
        let mut locked = Vec::new();
        for _ in 0..BEGINS {
            let opening = open(&connection, lock, &locked).await;
            if let Some(holder) = opened(opening, &connection).await? {
                return Ok(Begun::Locked(connection, holder));
            }
            let seen_whole = opened(row_security::check(&connection, SETTINGS).await, &connection).await?;
            if seen_whole.iter().all(|table| locked.contains(table)) {
                return Ok(Begun::Open(Self { connection, seen_whole }));
            }
            // What policies say is as old as the transaction: they are locked first, and then looked at again.
            connection.rows("rollback").await?;
            locked = seen_whole;
        }
        Err(error::unsettled(&connection.origin))
    }

    /// Reads all four tables. They are asked for at once; the server answers them one after the other, and after the
    /// first that fails it refuses the others, so the first error is the one to tell.
    pub async fn read(&self) -> Result<Michael, SourceError> {
        let (templates, schemas, features, limits, clock) = try_join!(
            biased;
            self.table(Table::WidgetTemplates),
            self.table(Table::WidgetSchemas),
            self.table(Table::PlanFeatures),
            self.table(Table::PlanLimits),
            self.clock(),
        )?;
        Ok(Michael { templates, schemas, features, limits, clock })
    }

    /// Ends it, which frees the lock, and closes the connection. Cannot fail: nothing was written, and the end of the
    /// connection frees the lock in any case.
    pub async fn end(self) {
        let _ = self.connection.rows("rollback").await;
        self.connection.close().await;
    }

    async fn table(&self, table: Table) -> Result<TableRows, SourceError> {
        let origin = format!("{}, table {table}", self.connection.origin);
        let mut rows = Vec::new();
        let take = |row: tokio_postgres::SimpleQueryRow| {
            rows.push(strict::row(table, &origin, rows.len() + 1, row.get(0).unwrap_or_default())?);
            Ok(())
        };
        self.connection.each(&origin, &self.select(table), take).await?;
        Ok(TableRows { table, origin, rows })
    }

    /// Each row as JSON, in the order of what names it: the same spelling for any types of columns.
    fn select(&self, table: Table) -> String {
        let columns = table.columns().join(", ");
        let order: Vec<_> =
            table.identity().iter().map(|column| format!("{column}::pg_catalog.text collate \"C\"")).collect();
        let select = format!(
            "select pg_catalog.row_to_json(t)::pg_catalog.text
             from (select {columns} from public.{table} order by {}) t",
            order.join(", ")
        );
        if self.seen_whole.contains(&table) {
            format!("set local row_security = on; {select}; set local row_security = off")
        } else {
            select
        }
    }

    async fn clock(&self) -> Result<Option<Timestamp>, SourceError> {
        let rows = self.connection.rows(CLOCK).await?;
        Ok(rows.first().and_then(|row| row.get(0)).and_then(Timestamp::parse))
    }
}

/// Begins, and asks for the lock; who holds it, if somebody else does.
async fn open(
    connection: &Connection,
    lock: Option<AdvisoryLock>,
    tables: &[Table],
) -> Result<Option<Holder>, SourceError> {
    let tables: Vec<_> = tables.iter().map(|table| format!("only public.{table}")).collect();
    let locking = match tables.as_slice() {
        [] => String::new(),
        tables => format!("; lock table {} in access share mode", tables.join(", ")),
    };
    let application = connection.application.replace('\'', "''");
    let begin = format!("{BEGIN}; set local application_name = '{application}'{locking}");
    match lock {
        Some(lock) => lock.take(connection, &begin).await,
        None => connection.rows(&begin).await.map(|_| None),
    }
}

/// A failure ends the transaction before it is told, so that the lock is free by then.
async fn opened<T>(result: Result<T, SourceError>, connection: &Connection) -> Result<T, SourceError> {
    if result.is_err() {
        let _ = connection.rows("rollback").await;
    }
    result
}
