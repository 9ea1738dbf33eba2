//! The transaction of a run: it takes the lock, and reads all tables as they are at one moment. Another, with the lock
//! alone, follows it, and stays open until the store is written.
//!
//! Nothing that it sets or locks outlives it, so a pooler hands the connection on unchanged.

use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::time::timeout;
use tokio::try_join;

use super::advisory_lock::AdvisoryLock;
use super::connection::{Connection, IS_STANDBY, is_true, literal};
use super::{error, row_security};
use crate::sync::source::budget::{MOST_BYTES, RowBudget};
use crate::sync::source::identity::identity;
use crate::sync::source::{Michael, SourceError, Table, TableRows, strict};

const BEGIN: &str = "begin transaction isolation level repeatable read, read only; set local lock_timeout = '10s'";

/// Settings for the transaction, each if the server knows it: refuse what row security would filter, write numbers in full,
/// give up in time, and notice within a minute that this machine is gone, which frees the lock. [`Lock`](super::Lock) keeps
/// the transaction from being idle for longer.
const SETTINGS: &str = "\
    select pg_catalog.set_config(name, wanted, true) from (values
        ('row_security', 'off'), ('extra_float_digits', '1'),
        ('statement_timeout', '30s'), ('lock_timeout', '10s'), ('transaction_timeout', '0'),
        ('idle_in_transaction_session_timeout', '60s'), ('tcp_user_timeout', '60s'),
        ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3')
    ) as settings (name, wanted) where pg_catalog.current_setting(name, true) is not null";

/// The tables that this transaction has used and that were rewritten, truncated, replaced or refreshed after its snapshot
/// was taken: it sees them empty, or newer than the others (`PostgreSQL`, section 13.6, "Caveats"). The catalog is read as it
/// was then, and the function says what is true now. The others belonged to Michael's tables then, and were not used: another
/// table has the name now, a partition was detached, or a view reads another table, so rows that have moved meanwhile are seen
/// nowhere. What a view reads is locked, but for the partitions that its own conditions leave out.
fn rewritten() -> String {
    let tables = Table::ALL.map(|table| format!("'{table}'")).join(", ");
    format!(
        "with recursive used as (
             select relation as oid from pg_catalog.pg_locks
             where locktype = 'relation' and pid = pg_catalog.pg_backend_pid()
         ), belonging (oid, whole) as (
             select c.oid, true from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relname in ({tables})
             union
             select below.oid, below.whole from belonging above cross join lateral (
                 select i.inhrelid, true from pg_catalog.pg_inherits i
                 where above.whole and i.inhparent = above.oid
                     and not coalesce((pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::pg_catalog.bool, false)
                 union all
                 select d.refobjid, false from pg_catalog.pg_rewrite r
                 join pg_catalog.pg_class v on v.oid = r.ev_class and v.relkind = 'v'
                 join pg_catalog.pg_depend d on d.objid = r.oid and d.refobjid <> v.oid and d.refobjsubid > 0
                     and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                     and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                 where r.ev_class = above.oid and r.ev_type = '1'
             ) below (oid, whole)
         )
         select used.oid::pg_catalog.regclass::pg_catalog.text
         from used left join pg_catalog.pg_class c on c.oid = used.oid
         where c.oid is null or c.relkind <> 'i' and c.relfilenode <> 0
             and c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid)
         union all
         select c.relname from belonging join pg_catalog.pg_class c on c.oid = belonging.oid
         where c.oid not in (select oid from used)"
    )
}

/// The cluster and the database: the same on its standbys, and through any address.
const IDENTITY: &str = "select system_identifier, pg_catalog.current_database() from pg_catalog.pg_control_system()";

/// How often the transaction begins anew because row security was found on a table that it had not locked yet.
const BEGINS: usize = 3;

/// How long the end of the transaction may take.
const ROLLBACK: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Transaction {
    pub connection: Connection,
    /// Tables whose row security lets the role see every row. They are locked against a change of that.
    seen_whole: Vec<Table>,
}

impl Transaction {
    /// Begins; if a lock is wanted, with that as the first thing. After a failure the lock is free again.
    pub async fn begin(connection: Connection, lock: Option<AdvisoryLock>) -> Result<Self, SourceError> {
        let mut locked = Vec::new();
        for _ in 0..BEGINS {
            match open(&connection, lock, &locked).await {
                Ok(seen_whole) if seen_whole.iter().all(|table| locked.contains(table)) => {
                    return Ok(Self { connection, seen_whole });
                }
                // What policies say is as old as the transaction: they are locked first, and then checked again.
                Ok(seen_whole) => locked = seen_whole,
                Err(error) => {
                    let _ = connection.rows("rollback").await;
                    return Err(error);
                }
            }
            connection.rows("rollback").await?;
        }
        Err(error::row_security_changing(&connection.origin))
    }

    /// Reads all tables. All are requested at once; the server answers them in this order, and after the first that
    /// fails it refuses the others, so the first error is the one to report.
    pub async fn read(&self) -> Result<Michael, SourceError> {
        let budget = &RowBudget::new();
        let tables = try_join_all(Table::ALL.map(|table| async move { Ok((table, self.table(budget, table).await?)) }));
        let (Self { connection, .. }, rewritten) = (self, rewritten());
        // The last one, since a server may keep it to itself, and nothing but the end of the transaction follows.
        let named = async { Ok(connection.rows(IDENTITY).await.ok()) };
        let (tables, clock, is_standby, rewritten, named) = try_join!(biased; tables, connection.clock(),
            connection.rows(IS_STANDBY), connection.rows(&rewritten), named)?;
        if let Some(table) = rewritten.first().and_then(|row| row.get(0)) {
            return Err(error::rewritten(&connection.origin, table));
        }
        let warning = is_true(&is_standby).then(|| older_rows(&connection.origin));
        let named = named.unwrap_or_default();
        let parts = named.first().and_then(|row| Some([row.get(0)?, row.get(1)?]));
        let identity = parts.map(|parts| identity("postgres", &parts));
        Ok(Michael { tables: tables.into_iter().collect(), clock, warning, identity })
    }

    /// Goes on as another transaction, which has the run's lock alone. Locks on the tables would keep a migration, and all
    /// who wait behind it, waiting for as long as the store takes.
    pub async fn release_tables(self, lock: AdvisoryLock) -> Result<Self, SourceError> {
        // In one message, so that a pooler leaves both on one connection.
        lock.take(&self.connection, &format!("commit; {}", begin(&self.connection))).await?;
        self.connection.rows(SETTINGS).await?;
        Ok(Self { seen_whole: Vec::new(), ..self })
    }

    /// Ends it, which frees the lock, and closes the connection. Gives whether the server has said that it is ended. Nothing was
    /// written, and the end of the connection frees the lock in any case, as soon as the server knows of it.
    pub async fn end(self) -> bool {
        // A server that is still sending rows is not waited for.
        let ended = timeout(ROLLBACK, self.connection.rows("rollback")).await;
        self.connection.close().await;
        matches!(ended, Ok(Ok(_)))
    }

    async fn table(&self, budget: &RowBudget, table: Table) -> Result<TableRows, SourceError> {
        let origin = format!("{}, table {table}", self.connection.origin);
        let mut rows = Vec::new();
        let take = |row: tokio_postgres::SimpleQueryRow| {
            match row.get(0) {
                Some(text) => rows.push(strict::row(budget, table, &origin, rows.len() + 1, text)?),
                None => budget.take(&origin, MOST_BYTES + 1)?,
            }
            Ok(())
        };
        self.connection.each(&origin, &self.select(table), take).await?;
        Ok(TableRows { origin, rows })
    }

    /// Each row as JSON, in the order of what names it: the same spelling for any types of columns. In place of one that is
    /// longer than all may be together comes a null, since the driver would hold all of it. `offset 0` lets the server
    /// write each row once.
    fn select(&self, table: Table) -> String {
        let columns = table.columns().join(", ");
        let order: Vec<_> =
            table.identity().iter().map(|column| format!("{column}::pg_catalog.text collate \"C\"")).collect();
        let select = format!(
            "select case when pg_catalog.octet_length(json) <= {MOST_BYTES} then json end
             from (select pg_catalog.row_to_json(t)::pg_catalog.text as json
                   from (select {columns} from public.{table} order by {}) t offset 0) written",
            order.join(", ")
        );
        if self.seen_whole.contains(&table) {
            format!("set local row_security = on; {select}; set local row_security = off")
        } else {
            select
        }
    }
}

/// The marker keeps older rows out only if what is read later is not older.
fn older_rows(origin: &str) -> String {
    format!(
        "{origin} is a standby, whose rows may be older than those that another run has published; name the primary in \
         --source, or let target_session_attrs=primary choose it among several hosts"
    )
}

fn begin(connection: &Connection) -> String {
    format!("{BEGIN}; set local application_name = {}", literal(&connection.application))
}

/// Begins a transaction, with these tables locked, and finds the tables that have row security under which the role sees
/// every row.
async fn open(
    connection: &Connection,
    lock: Option<AdvisoryLock>,
    tables: &[Table],
) -> Result<Vec<Table>, SourceError> {
    let tables: Vec<_> = tables.iter().map(|table| format!("only public.{table}")).collect();
    let locking = match tables.as_slice() {
        [] => String::new(),
        tables => format!("; lock table {} in access share mode", tables.join(", ")),
    };
    let begin = format!("{}{locking}", begin(connection));
    match lock {
        Some(lock) => lock.take(connection, &begin).await?,
        None => drop(connection.rows(&begin).await?),
    }
    row_security::check(connection, SETTINGS).await
}
