//! Patience: a store that does not answer, or answers 429 or 5xx, is asked again, with growing and scattered waits,
//! until the run's deadline. Any other answer is taken for an answer.
//!
//! Time is handed in, so that a test need not wait for it.

use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Instant, timeout};

use crate::sync::net::error::Again;
use crate::sync::store::{Backup, Item, Operation, Store, StoreError};

/// Waits, and tells how long it has been.
#[async_trait]
pub trait Timer: Send + Sync {
    /// The time since a moment that never changes.
    fn elapsed(&self) -> Duration;

    /// Returns so much later.
    async fn sleep(&self, time: Duration);
}

/// The timer of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemTimer(Instant);

impl Default for SystemTimer {
    fn default() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Timer for SystemTimer {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// When a run must be over.
#[derive(Clone, Copy)]
pub struct Deadline<'a> {
    timer: &'a dyn Timer,
    total: Duration,
    end: Duration,
}

impl<'a> Deadline<'a> {
    /// So much later than now.
    #[must_use]
    pub fn after(timer: &'a dyn Timer, total: Duration) -> Self {
        Self { timer, total, end: timer.elapsed().saturating_add(total) }
    }

    /// The time that is left; zero when it is over.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.end.saturating_sub(self.timer.elapsed())
    }

    /// The time that there was.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The same deadline, or a later one, so that at least this much is left: for what must not stay half done.
    #[must_use]
    pub fn with_at_least(self, least: Duration) -> Self {
        Self { end: self.end.max(self.timer.elapsed().saturating_add(least)), ..self }
    }

    /// That it was not done in time.
    pub(crate) fn late(&self) -> StoreError {
        StoreError::Late { seconds: self.total.as_secs(), last: None }
    }

    /// Waits that long, unless the deadline would pass meanwhile.
    pub(crate) async fn wait(&self, time: Duration) -> Result<(), Passed> {
        if time >= self.left() {
            return Err(Passed);
        }
        self.timer.sleep(time).await;
        Ok(())
    }
}

/// The deadline would pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Passed;

/// The waits between tries: each twice as long as the one before, up to `longest`, and up to as much again by chance.
#[must_use]
pub fn waits(first: Duration, longest: Duration) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Why a write failed, and whether it may have been done all the same.
#[derive(Debug)]
pub struct WriteFailure {
    /// What the last try said.
    pub error: StoreError,
    /// Whether any try may have been done: its answer was lost, or was a 5xx.
    pub may_be_done: bool,
}

/// A store that is asked until it answers or the deadline passes.
pub struct Patient<'a> {
    store: &'a dyn Store,
    deadline: Deadline<'a>,
}

impl<'a> Patient<'a> {
    /// Asks this store until that deadline.
    #[must_use]
    pub fn new(store: &'a dyn Store, deadline: Deadline<'a>) -> Self {
        Self { store, deadline }
    }

    /// As [`Store::items`].
    ///
    /// # Errors
    ///
    /// What the last try said.
    pub async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.ask("items", || self.store.items()).await.map_err(|failure| failure.error)
    }

    /// As [`Store::backups`].
    ///
    /// # Errors
    ///
    /// What the last try said.
    pub async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.ask("backups", || self.store.backups()).await.map_err(|failure| failure.error)
    }

    /// As [`Store::backup`].
    ///
    /// # Errors
    ///
    /// What the last try said.
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
            tracing::warn!(request = what, tries, wait_ms = millis(wait), %error, "the store is to be asked again");
            last = Some(Box::new(error));
            if self.deadline.wait(wait).await.is_err() {
                tracing::warn!(request = what, tries, "the deadline comes before that; giving up");
                break;
            }
        }
        let error = StoreError::Late { seconds: self.deadline.total().as_secs(), last };
        Err(WriteFailure { error, may_be_done })
    }
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_are_scattered() {
        let waits: Vec<_> =
            waits(Duration::from_millis(200), Duration::from_secs(5)).take(8).map(|wait| wait.as_millis()).collect();
        for (wait, least) in waits.iter().zip([200, 400, 800, 1600, 3200, 5000, 5000, 5000]) {
            assert!((least..=2 * least).contains(wait), "{waits:?}");
        }
        assert!(waits.iter().any(|wait| wait % 100 != 0), "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_can_be_put_off_and_never_brought_forward() {
        let timer = SystemTimer::default();
        let deadline = Deadline::after(&timer, Duration::from_secs(10));
        timer.sleep(Duration::from_secs(4)).await;
        assert_eq!(deadline.left(), Duration::from_secs(6));
        assert_eq!(deadline.with_at_least(Duration::from_secs(5)).left(), Duration::from_secs(6));
        assert_eq!(deadline.with_at_least(Duration::from_secs(7)).left(), Duration::from_secs(7));
        assert!(deadline.wait(Duration::from_secs(6)).await.is_err());
        assert!(deadline.wait(Duration::from_millis(5_999)).await.is_ok());
        assert_eq!(deadline.left(), Duration::from_millis(1));
        timer.sleep(Duration::from_secs(1)).await;
        assert_eq!(deadline.left(), Duration::ZERO);
    }
}
