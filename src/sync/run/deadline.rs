//! How long a run may take, and how long it waits between tries. Time is handed in, so that tests need not wait.

use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::sync::store::StoreError;

/// The monotonic clock, and waits by it. The tests that run against a real server replace it by one that does not wait:
/// tokio's paused time would end every request at once.
#[async_trait]
pub trait Timer: Send + Sync {
    fn now(&self) -> Instant {
        Instant::now()
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

#[derive(Debug, Clone, Copy)]
pub struct SystemTimer;

impl Timer for SystemTimer {}

#[derive(Clone, Copy)]
pub struct Deadline<'a> {
    timer: &'a dyn Timer,
    began: Instant,
    total: Duration,
    limit: Duration,
}

impl<'a> Deadline<'a> {
    pub fn after(timer: &'a dyn Timer, total: Duration) -> Self {
        Self { timer, began: timer.now(), total, limit: total }
    }

    fn passed(&self) -> Duration {
        self.timer.now().duration_since(self.began)
    }

    /// The time left; zero after the deadline.
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.passed())
    }

    /// How long it was in all, in words.
    pub fn total(&self) -> String {
        in_words(self.total)
    }

    /// The same deadline, or a later one, so that at least this much time is left: for what must not stay half done.
    #[must_use]
    pub fn with_at_least(self, least: Duration) -> Self {
        Self { limit: self.limit.max(self.passed().saturating_add(least)), ..self }
    }

    pub(crate) fn late(&self) -> StoreError {
        StoreError::Late { within: self.total(), last: None }
    }

    /// Waits that long, unless the deadline would pass meanwhile. Whether it waited.
    pub(crate) async fn wait(&self, time: Duration) -> bool {
        let in_time = time < self.left();
        if in_time {
            self.timer.sleep(time).await;
        }
        in_time
    }
}

/// The waits between tries: each twice as long as the one before, up to `longest`, plus up to as much again at random.
pub fn waits(first: Duration, longest: Duration) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}

pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A time as a message shows it.
pub fn in_words(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{} ms", time.as_millis()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_shown_as_less_than_it_was() {
        for (ms, shown) in [(300, "300 ms"), (1_000, "1 s"), (1_500, "1500 ms"), (60_000, "60 s")] {
            assert_eq!(in_words(Duration::from_millis(ms)), shown);
        }
    }

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
        let deadline = Deadline::after(&SystemTimer, Duration::from_secs(10));
        SystemTimer.sleep(Duration::from_secs(4)).await;
        assert_eq!(deadline.left(), Duration::from_secs(6));
        assert_eq!(deadline.with_at_least(Duration::from_secs(5)).left(), Duration::from_secs(6));
        assert_eq!(deadline.with_at_least(Duration::from_secs(7)).left(), Duration::from_secs(7));
        assert!(!deadline.wait(Duration::from_secs(6)).await);
        assert!(deadline.wait(Duration::from_millis(5_999)).await);
        assert_eq!(deadline.left(), Duration::from_millis(1));
        SystemTimer.sleep(Duration::from_secs(1)).await;
        assert_eq!(deadline.left(), Duration::ZERO);
    }
}
