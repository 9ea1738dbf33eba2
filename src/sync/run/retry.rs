//! Retries: what may succeed later is tried again, with growing and scattered waits, until the run's deadline.

use std::fmt::Display;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use super::deadline::{Deadline, millis, waits};
use crate::sync::net::error::Again;
use crate::sync::plan::Stored;
use crate::sync::store::{Backup, Item, Operation, Store, StoreError};

pub(crate) struct GivenUp<E> {
    /// What the last whole try said; `None` if there was no whole try.
    pub(crate) last: Option<E>,
    /// Whether the deadline ended it; otherwise the last error is final.
    late: bool,
    /// Whether the deadline cut a try short.
    cut_short: bool,
}

impl<E> GivenUp<E> {
    /// Whether there was time for a try, whole or cut short.
    pub(crate) fn was_tried(&self) -> bool {
        self.cut_short || self.last.is_some()
    }
}

/// Tries until it succeeds, fails for good, or the deadline comes. `what` names it in the log.
pub(crate) async fn retry<T, E: Display, F: Future<Output = Result<T, E>>>(
    deadline: Deadline<'_>,
    what: &str,
    attempt: impl Fn() -> F,
    mut again: impl FnMut(&E) -> Again,
) -> Result<T, GivenUp<E>> {
    let mut waits = waits(Duration::from_millis(200), Duration::from_secs(5));
    let mut last = None;
    for tries in 1_u32.. {
        // Polled even once, a request would be on its way after the deadline.
        let left = deadline.left();
        if left.is_zero() {
            break;
        }
        let error = match timeout(left, attempt()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            Err(_) => return Err(GivenUp { last, late: true, cut_short: true }),
        };
        let wait = match again(&error) {
            Again::Never => return Err(GivenUp { last: Some(error), late: false, cut_short: false }),
            Again::Soon => waits.next().unwrap_or_default(),
            // Whoever asks for a shorter wait than usual, or for none, gets the usual one: each try may be metered.
            Again::After(time) => time.max(waits.next().unwrap_or_default()),
        };
        tracing::warn!(tries, wait_ms = millis(wait), %error, "retrying {what}");
        last = Some(error);
        if !deadline.wait(wait).await {
            break;
        }
    }
    tracing::warn!("giving up {what}: the deadline comes before the next try");
    Err(GivenUp { last, late: true, cut_short: false })
}

#[derive(Debug)]
pub struct WriteFailure {
    pub error: StoreError,
    /// Whether any try may have been done: its answer was lost, or was a 5xx.
    pub may_be_done: bool,
}

/// A store that is asked again after no answer, a 429 or a 5xx, until the deadline.
pub struct RetryingStore<'a> {
    store: &'a dyn Store,
    deadline: Deadline<'a>,
}

impl<'a> RetryingStore<'a> {
    pub fn new(store: &'a dyn Store, deadline: Deadline<'a>) -> Self {
        Self { store, deadline }
    }

    pub async fn read(&self) -> Result<Stored, StoreError> {
        self.items().await.map(Stored::of)
    }

    pub async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.ask("the read of the store", || self.store.items()).await.map_err(|failure| failure.error)
    }

    pub async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.ask("the read of the backups", || self.store.backups()).await.map_err(|failure| failure.error)
    }

    pub async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.ask("the read of a backup", || self.store.backup(id)).await.map_err(|failure| failure.error)
    }

    /// As [`Store::patch`], for requests with a marker, which are done once even if they are sent twice. So a conflict can
    /// come from an earlier try: see [`WriteFailure::may_be_done`]. Adds the tries that may have been done to `writes`, since
    /// Vercel meters them.
    pub(crate) async fn patch(&self, operations: &[Operation], writes: &AtomicU32) -> Result<(), WriteFailure> {
        let attempt = async || {
            // Counted before the answer: at the deadline the try is dropped, and the write may be done all the same.
            writes.fetch_add(1, Ordering::Relaxed);
            let result = self.store.patch(operations).await;
            if result.as_ref().is_err_and(|error| !error.may_be_done()) {
                writes.fetch_sub(1, Ordering::Relaxed);
            }
            result
        };
        self.ask("the write to the store", attempt).await
    }

    async fn ask<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        what: &str,
        ask: impl Fn() -> F,
    ) -> Result<T, WriteFailure> {
        let mut may_be_done = false;
        let again = |error: &StoreError| {
            may_be_done |= error.may_be_done();
            error.again()
        };
        let GivenUp { last, late, cut_short } = match retry(self.deadline, what, ask, again).await {
            Ok(answer) => return Ok(answer),
            Err(given_up) => given_up,
        };
        let within = self.deadline.total();
        let error = match last {
            Some(error) if !late => error,
            Some(error) if !cut_short => StoreError::NoTimeLeft { within, last: Box::new(error) },
            last => StoreError::Late { within, last: last.map(Box::new) },
        };
        // Where no write comes late, the look that follows tells.
        Err(WriteFailure { error, may_be_done: may_be_done || cut_short && self.store.may_write_late() })
    }
}
