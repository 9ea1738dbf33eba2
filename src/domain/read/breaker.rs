//! The circuit breaker: after several failed reads in a row, lookups do not wait for the store for a while.

use crate::domain::time::Timestamp;

/// How many failed reads in a row open the breaker.
pub const FAILURES_TO_OPEN: u32 = 3;

/// How long it stays open before it lets one read through as a probe, in milliseconds.
pub const OPEN_MS: u64 = 5_000;

/// The breaker's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// How long it stays open.
    open_ms: u64,
    failures: u32,
    /// While it is open: when it opened, or when its last probe began.
    waiting_since: Option<Timestamp>,
}

impl Breaker {
    /// A closed breaker that opens for this long, in milliseconds.
    pub fn new(open_ms: u64) -> Self {
        Self { open_ms, failures: 0, waiting_since: None }
    }

    /// Whether a read may begin now. When the wait is over, the first that asks is the probe, and the wait begins again
    /// for the others. So a probe that never reports back, since its request was cancelled, delays the next one by no
    /// more than that.
    pub fn admits(&mut self, now: Timestamp) -> bool {
        match self.waiting_since {
            None => true,
            Some(since) if now.distance(since) < self.open_ms => false,
            Some(_) => {
                self.waiting_since = Some(now);
                true
            }
        }
    }

    /// Whether no read has failed since the last that succeeded.
    pub fn is_calm(&self) -> bool {
        self.failures == 0
    }

    /// A read failed.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.failures == FAILURES_TO_OPEN {
            self.waiting_since = Some(now);
        }
    }

    /// A read succeeded. Returns whether the breaker was open.
    pub fn succeeded(&mut self) -> bool {
        let was_open = self.waiting_since.is_some();
        *self = Self::new(self.open_ms);
        was_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000_000 + ms)
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::new(OPEN_MS);
        for _ in 0..FAILURES_TO_OPEN {
            breaker.failed(at(0));
        }
        breaker
    }

    #[test]
    fn the_third_failure_in_a_row_opens_it() {
        let mut breaker = Breaker::new(OPEN_MS);
        breaker.failed(at(0));
        breaker.failed(at(0));
        assert!(breaker.admits(at(1)));
        breaker.failed(at(1));
        assert!(!breaker.admits(at(1)));
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let mut breaker = Breaker::new(OPEN_MS);
        breaker.failed(at(0));
        breaker.failed(at(0));
        assert!(!breaker.succeeded());
        breaker.failed(at(0));
        breaker.failed(at(0));
        assert!(breaker.admits(at(0)));
    }

    #[test]
    fn after_five_seconds_one_probe_is_let_through() {
        let mut breaker = open();
        assert!(!breaker.admits(at(4_999)));
        assert!(breaker.admits(at(5_000)));
        assert!(!breaker.admits(at(5_000)), "a second probe");
        breaker.failed(at(5_050));
        assert!(!breaker.admits(at(9_999)));
        assert!(breaker.admits(at(10_000)), "a failed probe keeps the rhythm of one each five seconds");
    }

    #[test]
    fn a_good_probe_closes_it_and_says_so() {
        let mut breaker = open();
        assert!(breaker.admits(at(5_000)));
        assert!(breaker.succeeded());
        assert!(breaker.admits(at(5_001)));
        assert!(!breaker.succeeded());
    }

    #[test]
    fn a_probe_that_nobody_reports_on_blocks_nobody_for_ever() {
        let mut breaker = open();
        assert!(breaker.admits(at(5_000)));
        assert!(breaker.admits(at(10_000)));
    }
}
