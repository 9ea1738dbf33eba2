//! A store that counts the writes which may have been applied, since Vercel meters them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use crate::sync::store::{Backup, Item, Operation, Store, StoreError};

pub struct Metered {
    store: Box<dyn Store>,
    writes: Arc<AtomicU32>,
}

impl Metered {
    pub fn new(store: Box<dyn Store>, writes: Arc<AtomicU32>) -> Self {
        Self { store, writes }
    }
}

#[async_trait]
impl Store for Metered {
    fn describe(&self) -> String {
        self.store.describe()
    }

    fn clock_ahead_ms(&self) -> Option<i64> {
        self.store.clock_ahead_ms()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.store.items().await
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        // Counted before the answer: the run gives up at its deadline, and the write may be done all the same.
        self.writes.fetch_add(1, Ordering::Relaxed);
        let result = self.store.patch(operations).await;
        if result.as_ref().is_err_and(|error| !error.may_be_done()) {
            self.writes.fetch_sub(1, Ordering::Relaxed);
        }
        result
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.store.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.store.backup(id).await
    }
}
