//! The advisory lock of a store: free as soon as the transaction that took it ends, however it ends, through any pooler.

use sha2::{Digest, Sha256};
use tokio_postgres::SimpleQueryRow;

use super::connection::{Connection, is_true};
use crate::sync::source::SourceError;

/// How often to try while the lock is taken and no holder is shown: it has just been released.
const TRIES: usize = 3;

/// The lock that a run wants: the same for all runs for one store.
#[derive(Debug, Clone, Copy)]
pub struct AdvisoryLock {
    key: i64,
}

impl AdvisoryLock {
    pub fn of(store: &str) -> Self {
        let hash = Sha256::new().chain_update("atlas-sync:").chain_update(store).finalize();
        Self { key: i64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default()) }
    }

    /// Begins a transaction and takes the lock in it, unless another run holds it.
    pub async fn take(self, connection: &Connection, begin: &str) -> Result<(), SourceError> {
        let take = format!("{begin}; select pg_catalog.pg_try_advisory_xact_lock({})", self.key);
        let mut holder = None;
        for _ in 0..TRIES {
            if is_true(&connection.rows(&take).await?) {
                return Ok(());
            }
            let rows = connection.rows(&format!("{}; rollback", self.holder_query())).await?;
            holder = rows.first().and_then(describe);
            if holder.is_some() {
                break;
            }
        }
        let holder = holder.unwrap_or_else(|| "the server does not say who holds it; run again".to_owned());
        Err(SourceError::locked(&connection.origin, &holder))
    }

    /// Who holds it, if anybody does.
    pub async fn holder(self, connection: &Connection) -> Result<Option<String>, SourceError> {
        Ok(connection.rows(&self.holder_query()).await?.first().and_then(describe))
    }

    /// Matches the row of `pg_locks` for this lock, which shows a 64-bit key in two halves.
    fn is_this_lock(self) -> String {
        format!(
            "locktype = 'advisory' and granted and objsubid = 1
             and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
             and (classid::pg_catalog.int8 << 32 | objid::pg_catalog.int8) = {}",
            self.key
        )
    }

    fn holder_query(self) -> String {
        format!(
            "select l.pid, a.usename, a.application_name, pg_catalog.host(a.client_addr), pg_catalog.to_char(
                 pg_catalog.timezone('UTC', a.xact_start), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
             from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a using (pid) where {}",
            self.is_this_lock()
        )
    }

    pub fn is_held_query(self) -> String {
        format!(
            "select exists (select from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid() and {})",
            self.is_this_lock()
        )
    }
}

/// Who holds the lock. The server shows less of another role's sessions.
fn describe(row: &SimpleQueryRow) -> Option<String> {
    let pid = row.get(0)?;
    let [role, application, address, since] = [1, 2, 3, 4].map(|column| row.get(column).unwrap_or("unknown"));
    Some(format!(
        "process {pid}, role {role}, application {application}, from {address}, since {since}; wait until it ends, or, if it \
         hangs, end it, as that role or as a superuser, with: select pg_terminate_backend({pid})"
    ))
}
