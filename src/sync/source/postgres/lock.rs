//! The advisory lock of a transaction: free as soon as the transaction ends, however it ends, through any pooler.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_postgres::SimpleQueryRow;

use super::connection::Connection;
use super::transaction::Transaction;
use crate::sync::source::{HeldLock, Holder, SourceError};

/// How often the lock is tried when it is taken, but nobody is seen who holds it: who did has just let go of it.
const TRIES: usize = 3;
/// A look at the lock.
const BRIEF: Duration = Duration::from_secs(5);
/// How often the transaction is kept from being idle, for servers and poolers that end what is.
const PING: Duration = Duration::from_secs(15);

/// A lock that a run wants: runs for one store want the same, runs for another store another.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    key: i64,
}

impl Wanted {
    /// The lock of a store.
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

    fn is_mine(self) -> String {
        format!(
            "select exists (select from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid() and {})",
            self.is_this_lock()
        )
    }
}

/// A transaction that holds the lock, and is kept open.
#[derive(Debug)]
pub struct TransactionLock {
    transaction: Arc<Transaction>,
    wanted: Wanted,
    pinging: Pinging,
}

/// The task that keeps the transaction from being idle; it ends with the lock.
#[derive(Debug)]
struct Pinging(JoinHandle<()>);

impl Drop for Pinging {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TransactionLock {
    /// The lock that this transaction was begun with.
    pub fn held_by(transaction: Transaction, wanted: Wanted) -> Self {
        let transaction = Arc::new(transaction);
        let pinged = Arc::clone(&transaction);
        let pinging = tokio::spawn(async move {
            // After a failure there is nothing to keep: the next look at the lock tells.
            while pinged.connection.rows("select").await.is_ok() {
                sleep(PING).await;
            }
        });
        Self { transaction, wanted, pinging: Pinging(pinging) }
    }

    async fn look(&self) -> Result<(), String> {
        match timeout(BRIEF, self.transaction.connection.rows(&self.wanted.is_mine())).await {
            Ok(Ok(rows)) if is_true(&rows) => Ok(()),
            Ok(Ok(_)) => Err("the transaction no longer has it".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer within {} s", BRIEF.as_secs())),
        }
    }
}

#[async_trait]
impl HeldLock for TransactionLock {
    async fn still_held(&self) -> Result<(), SourceError> {
        let lost = |message| SourceError::LockLost { origin: self.transaction.connection.origin.clone(), message };
        self.look().await.map_err(lost)
    }

    async fn release(self: Box<Self>) {
        let Self { transaction, mut pinging, .. } = *self;
        pinging.0.abort();
        // When this returns, the task has let go of the transaction.
        let _ = (&mut pinging.0).await;
        if let Some(transaction) = Arc::into_inner(transaction) {
            let _ = timeout(BRIEF, transaction.end()).await;
        }
    }
}

fn is_true(rows: &[SimpleQueryRow]) -> bool {
    rows.first().is_some_and(|row| row.get(0) == Some("t"))
}

/// What the server tells; another role's sessions show less.
fn holder_of(row: &SimpleQueryRow) -> Holder {
    let told = |place| row.get(place).map(str::to_owned);
    Holder { pid: row.get(0).and_then(|pid| pid.parse().ok()), application: told(1), address: told(2), since: told(3) }
}
