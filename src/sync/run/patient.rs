//! Patience: a store that does not answer, or answers 429 or 5xx, is asked again, with growing and scattered waits,
//! until the run's deadline. Any other answer is taken for an answer.

use std::panic::resume_unwind;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::deadline::{Deadline, millis, waits};
use crate::sync::net::error::Again;
use crate::sync::plan::Stored;
use crate::sync::store::{Backup, Item, Operation, Store, StoreError};

#[derive(Debug)]
pub struct WriteFailure {
    pub error: StoreError,
    /// Whether any try may have been done: its answer was lost, or was a 5xx.
    pub may_be_done: bool,
}

pub struct Patient<'a> {
    store: &'a dyn Store,
    deadline: Deadline<'a>,
}

impl<'a> Patient<'a> {
    pub fn new(store: &'a dyn Store, deadline: Deadline<'a>) -> Self {
        Self { store, deadline }
    }

    pub async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.ask("items", || self.store.items()).await.map_err(|failure| failure.error)
    }

    pub async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.ask("backups", || self.store.backups()).await.map_err(|failure| failure.error)
    }

    pub async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.ask("backup", || self.store.backup(id)).await.map_err(|failure| failure.error)
    }

    /// As [`Store::patch`]. Made for requests with a marker: asked twice, they are done once.
    ///
    /// # Errors
    ///
    /// What the last try said. A conflict can be of its own making: see [`WriteFailure::may_be_done`].
    pub async fn patch(&self, operations: &[Operation]) -> Result<(), WriteFailure> {
        self.ask("patch", || self.store.patch(operations)).await
    }

    async fn ask<T, F>(&self, what: &'static str, ask: impl Fn() -> F + Sync) -> Result<T, WriteFailure>
    where
        T: Send,
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let mut waits = waits(Duration::from_millis(200), Duration::from_secs(5));
        let mut may_be_done = false;
        let mut last: Option<Box<StoreError>> = None;
        for tries in 1_u32.. {
            // Polled even once, a request would be on its way after the deadline.
            let left = self.deadline.left();
            if left.is_zero() {
                break;
            }
            let Ok(answer) = timeout(left, ask()).await else {
                may_be_done = true;
                break;
            };
            let error = match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            may_be_done |= error.may_be_done();
            let wait = match error.again() {
                Again::Never => return Err(WriteFailure { error, may_be_done }),
                Again::Soon => waits.next().unwrap_or_default(),
                Again::After(time) => time,
            };
            tracing::warn!(request = what, tries, wait_ms = millis(wait), %error, "retrying the request to the store");
            last = Some(Box::new(error));
            if self.deadline.wait(wait).await.is_err() {
                tracing::warn!(request = what, tries, "giving up: the deadline comes first");
                break;
            }
        }
        let error = StoreError::Late { seconds: self.deadline.total().as_secs(), last };
        Err(WriteFailure { error, may_be_done })
    }
}

pub async fn read_store(store: &Patient<'_>) -> Result<Stored, StoreError> {
    let items = store.items().await?;
    // On a thread of its own: it takes a while, and other answers may come meanwhile.
    let examined = spawn_blocking(move || Stored::of(items)).await;
    Ok(examined.unwrap_or_else(|error| resume_unwind(error.into_panic())))
}
