//! The advisory lock of a session: free as soon as the session ends, however it ends.

use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, error::Error};

use super::session::Session;
use crate::sync::source::{HeldLock, Holder, SourceError};

/// How often the lock is tried when it is taken, but nobody is seen who holds it: who did has just let go of it.
const TRIES: usize = 3;
/// A look at the lock, and letting go of it.
const BRIEF: Duration = Duration::from_secs(5);

/// A row of `pg_locks` is this lock: `pg_locks` shows a 64-bit key in two halves.
const IS_THIS_LOCK: &str = "\
    locktype = 'advisory' and granted and objsubid = 1
    and database = (select oid from pg_catalog.pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) = $1";

/// A session that holds the lock.
#[derive(Debug)]
pub struct SessionLock {
    session: Session,
    key: i64,
}

impl SessionLock {
    /// Takes the lock for a store, or fails at once.
    ///
    /// # Errors
    ///
    /// [`SourceError::Locked`] with who holds it.
    pub async fn take(session: Session, store: &str) -> Result<Self, SourceError> {
        let key = key(store);
        let mut holder = Holder::default();
        for _ in 0..TRIES {
            let rows = session.rows("select pg_catalog.pg_try_advisory_lock($1)", &[(&key, Type::INT8)]).await?;
            if rows.first().is_some_and(|row| row.try_get(0).is_ok_and(|got: bool| got)) {
                return Ok(Self { session, key });
            }
            holder = who(&session, key).await?;
            if holder.pid.is_some() {
                break;
            }
        }
        let origin = session.origin.clone();
        session.close().await;
        Err(SourceError::Locked { origin, holder })
    }

    /// The session, for reading under the lock.
    pub fn session(&self) -> &Session {
        &self.session
    }

    async fn look(&self) -> Result<(), String> {
        let sql = format!(
            "select exists (select from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid() and {IS_THIS_LOCK})"
        );
        let rows = match timeout(BRIEF, self.session.rows(&sql, &[(&self.key, Type::INT8)])).await {
            Ok(rows) => rows.map_err(|error| error.to_string())?,
            Err(_) => return Err(format!("no answer within {} s", BRIEF.as_secs())),
        };
        match rows.first().map(|row| row.try_get(0)) {
            Some(Ok(true)) => Ok(()),
            _ => Err("the session no longer has it (a transaction pooler between?)".to_owned()),
        }
    }
}

#[async_trait]
impl HeldLock for SessionLock {
    async fn still_held(&self) -> Result<(), SourceError> {
        let lost = |message| SourceError::LockLost { origin: self.session.origin.clone(), message };
        self.look().await.map_err(lost)
    }

    async fn release(self: Box<Self>) {
        let sql = "select pg_catalog.pg_advisory_unlock($1)";
        // Whatever becomes of this: the end of the session frees the lock.
        let _ = timeout(BRIEF, self.session.rows(sql, &[(&self.key, Type::INT8)])).await;
        self.session.close().await;
    }
}

/// The lock's key: runs for one store have the same, runs for another store another.
fn key(store: &str) -> i64 {
    let hash = Sha256::new().chain_update("atlas-sync:").chain_update(store).finalize();
    i64::from_be_bytes(hash.first_chunk().copied().unwrap_or_default())
}

async fn who(session: &Session, key: i64) -> Result<Holder, SourceError> {
    let sql = format!(
        "select l.pid, a.application_name, pg_catalog.host(a.client_addr),
                to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')
         from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a using (pid) where {IS_THIS_LOCK}"
    );
    let rows = session.rows(&sql, &[(&key, Type::INT8)]).await?;
    Ok(rows.first().map(holder).unwrap_or_default())
}

/// What the server tells; another role's sessions show less.
fn holder(row: &Row) -> Holder {
    fn told<'a, T: FromSql<'a>>(column: Result<Option<T>, Error>) -> Option<T> {
        column.ok().flatten()
    }
    Holder {
        pid: told(row.try_get(0)),
        application: told(row.try_get(1)),
        address: told(row.try_get(2)),
        since: told(row.try_get(3)),
    }
}
