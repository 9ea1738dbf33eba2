//! When the next sync is due: a pure function of time, failures and hints.

use crate::domain::time::Timestamp;

/// From one sync to the next, in milliseconds.
pub const INTERVAL_MS: u64 = 3_600_000;

/// From the first failed sync to the next try, in milliseconds; it doubles with each failure more.
pub const FIRST_RETRY_MS: u64 = 60_000;

/// Hints lead to at most one sync in this time, in milliseconds.
pub const HINT_INTERVAL_MS: u64 = 60_000;

/// How far the jitter moves a sync, in parts of its interval: several jobs must not all come at the full hour.
const JITTER: f64 = 0.05;

/// What is known when the next sync is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// When the last sync ended; `None` before the first.
    pub last: Option<Timestamp>,
    /// How many syncs have failed in a row.
    pub failures: u32,
    /// Whether a hint has come since the last sync began.
    pub hinted: bool,
    /// A number from 0 up to 1, drawn anew after each sync.
    pub jitter: f64,
}

/// When the next sync is due. The first is due at once.
#[must_use]
pub fn next_run(plan: &Plan, now: Timestamp) -> Timestamp {
    let Some(last) = plan.last else { return now };
    let regular = after(last, jittered(interval(plan.failures), plan.jitter));
    // After a failure the job tries again soon by itself; a hint does not make it more eager.
    if plan.hinted && plan.failures == 0 { regular.min(after(last, HINT_INTERVAL_MS)) } else { regular }
}

/// How long to wait after so many failures in a row.
fn interval(failures: u32) -> u64 {
    match failures.checked_sub(1) {
        None => INTERVAL_MS,
        Some(doublings) => FIRST_RETRY_MS.saturating_mul(2_u64.saturating_pow(doublings)).min(INTERVAL_MS),
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an hour is exact"
)]
fn jittered(ms: u64, jitter: f64) -> u64 {
    let shift = JITTER * (2.0 * jitter.clamp(0.0, 1.0) - 1.0);
    (ms as f64 * (1.0 + shift)) as u64
}

fn after(time: Timestamp, ms: u64) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000_000 + i64::try_from(ms).unwrap())
    }

    fn wait(failures: u32, hinted: bool, jitter: f64) -> i64 {
        next_run(&Plan { last: Some(at(0)), failures, hinted, jitter }, at(0)).since(at(0))
    }

    #[test]
    fn the_first_is_due_at_once_and_then_every_hour() {
        assert_eq!(next_run(&Plan { last: None, failures: 0, hinted: false, jitter: MIDDLE }, at(7)), at(7));
        assert_eq!(wait(0, false, MIDDLE), 3_600_000);
    }

    #[test]
    fn the_jitter_moves_it_by_a_twentieth_at_most() {
        assert_eq!((wait(0, false, 0.0), wait(0, false, 1.0)), (3_420_000, 3_780_000));
        assert_eq!((wait(0, false, -9.0), wait(0, false, 9.0)), (3_420_000, 3_780_000));
    }

    #[test]
    fn failures_are_tried_again_soon_then_later_and_never_after_more_than_an_hour() {
        let waits: Vec<_> = (1..=8).map(|failures| wait(failures, false, MIDDLE) / 60_000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait(u32::MAX, false, MIDDLE), 3_600_000);
    }

    #[test]
    fn hints_lead_to_one_sync_a_minute_and_to_none_beside_a_retry() {
        assert_eq!(wait(0, true, MIDDLE), 60_000);
        assert_eq!(wait(3, true, MIDDLE), 240_000);
    }
}
