//! The advisory lock of a store: free as soon as the transaction that took it ends, however it ends, through any pooler.

use sha2::{Digest, Sha256};
use tokio_postgres::SimpleQueryRow;

use super::connection::Connection;
use crate::sync::source::{Holder, SourceError};

/// How often the lock is tried when it is taken, but nobody is seen who holds it: who did has just let go of it.
const TRIES: usize = 3;

/// A lock that a run wants: runs for one store want the same, runs for another store another.
#[derive(Debug, Clone, Copy)]
pub struct AdvisoryLock {
    key: i64,
}

impl AdvisoryLock {
    pub fn of(store: &str) -> Self {
        let hash = Sha256::new().chain_update("atlas-sync:").chain_update(store).finalize();
        Self { key: i64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default()) }
    }

    /// Begins a transaction and takes the lock in it. If another run holds it, the transaction is ended, and this tells
    /// who.
    pub async fn take(self, connection: &Connection, begin: &str) -> Result<Option<Holder>, SourceError> {
        let take = format!("{begin}; select pg_catalog.pg_try_advisory_xact_lock({})", self.key);
        let mut holder = Holder::default();
        for _ in 0..TRIES {
            if is_true(&connection.rows(&take).await?) {
                return Ok(None);
            }
            let rows = connection.rows(&format!("{}; rollback", self.who())).await?;
            holder = rows.first().map(holder_of).unwrap_or_default();
            if holder.pid.is_some() {
                break;
            }
        }
        Ok(Some(holder))
    }

    /// A row of `pg_locks` is this lock: `pg_locks` shows a 64-bit key in two halves.
    fn is_this_lock(self) -> String {
        format!(
            "locktype = 'advisory' and granted and objsubid = 1
             and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
             and (classid::pg_catalog.int8 << 32 | objid::pg_catalog.int8) = {}",
            self.key
        )
    }

    fn who(self) -> String {
        format!(
            "select l.pid, a.application_name, pg_catalog.host(a.client_addr), pg_catalog.to_char(
                 pg_catalog.timezone('UTC', a.xact_start), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a using (pid) where {}",
            self.is_this_lock()
        )
    }

    pub fn is_mine(self) -> String {
        format!(
            "select exists (select from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid() and {})",
            self.is_this_lock()
        )
    }
}

pub fn is_true(rows: &[SimpleQueryRow]) -> bool {
    rows.first().is_some_and(|row| row.get(0) == Some("t"))
}

/// What the server tells; another role's sessions show less.
fn holder_of(row: &SimpleQueryRow) -> Holder {
    let column = |place| row.get(place).map(str::to_owned);
    Holder {
        pid: row.get(0).and_then(|pid| pid.parse().ok()),
        application: column(1),
        address: column(2),
        since: column(3),
    }
}
