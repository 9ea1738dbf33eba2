//! The transaction that holds the lock, kept open until the run ends.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::advisory_lock::{AdvisoryLock, is_true};
use super::transaction::Transaction;
use crate::sync::source::{HeldLock, SourceError};

const BRIEF: Duration = Duration::from_secs(5);
/// How often the transaction is kept from being idle, for servers and poolers that end what is.
const PING: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub struct TransactionLock {
    transaction: Arc<Transaction>,
    wanted: AdvisoryLock,
    pinging: Pinging,
}

#[derive(Debug)]
struct Pinging(JoinHandle<()>);

impl Drop for Pinging {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl TransactionLock {
    pub fn held_by(transaction: Transaction, wanted: AdvisoryLock) -> Self {
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
