//! The lock that keeps two runs for one store apart: the transaction that holds it stays open until the run ends.
//!
//! It is a courtesy that saves work and tells people which run is active. What makes a lost update impossible is the
//! marker in the store: a lock can be lost at any moment, even between the last check and the write.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::advisory_lock::AdvisoryLock;
use super::connection::is_true;
use super::transaction::Transaction;
use crate::sync::source::SourceError;

const BRIEF: Duration = Duration::from_secs(5);
/// How often the transaction is kept from being idle, since servers and poolers end idle ones.
const PING: Duration = Duration::from_secs(15);

/// Dropping it frees the lock, but only a moment later: before another run begins, call [`Lock::release`].
#[derive(Debug)]
#[must_use = "dropping it releases the lock"]
pub struct Lock {
    /// One statement at a time: the server gives the reason for its end to one only, and the next has to know it.
    transaction: Arc<Mutex<Transaction>>,
    wanted: AdvisoryLock,
    origin: String,
    pinging: JoinSet<()>,
}

impl Lock {
    pub(super) fn held_by(transaction: Transaction, wanted: AdvisoryLock) -> Self {
        let origin = transaction.connection.origin.clone();
        let transaction = Arc::new(Mutex::new(transaction));
        let pinged = Arc::clone(&transaction);
        let mut pinging = JoinSet::new();
        pinging.spawn(async move {
            // After a failure there is nothing to keep: the next check of the lock reports it.
            while pinged.lock().await.connection.rows("select").await.is_ok() {
                sleep(PING).await;
            }
        });
        Self { transaction, wanted, origin, pinging }
    }

    /// Checks that the lock is held at this moment. Call it right before each write; after an error write nothing.
    pub async fn still_held(&self) -> Result<(), SourceError> {
        let asking = async {
            let transaction = self.transaction.lock().await;
            transaction.connection.rows(&self.wanted.is_held_query()).await
        };
        let message = match timeout(BRIEF, asking).await {
            Ok(Ok(rows)) if is_true(&rows) => return Ok(()),
            Ok(Ok(_)) => "the transaction no longer has it".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", BRIEF.as_secs()),
        };
        let origin = &self.origin;
        Err(SourceError::new(format!("the lock at {origin} was lost: {message}; run again")))
    }

    /// Releases the lock. Gives whether the next run can take it: where the server did not answer, it may keep the lock until it
    /// knows that the connection is gone.
    pub async fn release(mut self) -> bool {
        // When this returns, the task has dropped its share of the transaction.
        self.pinging.shutdown().await;
        match Arc::into_inner(self.transaction) {
            Some(transaction) => timeout(BRIEF, transaction.into_inner().end()).await.unwrap_or(false),
            None => false,
        }
    }
}
