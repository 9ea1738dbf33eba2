//! When the next sync is due, and why: a pure function of time, failures and hints.
//!
//! Time is what has passed since the service started, by a clock that is never set: a machine whose clock is put back an
//! hour still syncs on time.

use std::time::Duration;

use crate::domain::registry::registry;

pub const INTERVAL: Duration = Duration::from_hours(1);

/// From the first failed sync to the next try; it doubles with each further failure. A replica that stands by tries
/// again after this time, every time.
pub const FIRST_RETRY: Duration = Duration::from_mins(1);

/// Hints and notifications lead to at most one sync in this time.
pub const HINT_INTERVAL: Duration = Duration::from_mins(1);

/// How far the jitter moves a sync, in parts of its interval: several jobs must not all come at the full hour.
const JITTER: f64 = 0.05;

registry! {
    pub enum Cause by name {
        Start = "start",
        /// The interval has passed, or the wait after a failure.
        Schedule = "schedule",
        Hint = "hint",
        Notification = "notification",
        Request = "request",
    }
}

/// How the last sync ended, as far as the schedule is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Well,
    Badly(u32),
    /// Another replica was syncing.
    StandingBy,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// When the last sync ended; `None` before the first.
    pub last: Option<Duration>,
    pub ended: Ended,
    /// Why a sync is wished for before its time, if a hint or a notification has come since the last one began.
    pub wish: Option<Cause>,
    /// A number from 0 up to 1, drawn anew after each sync.
    pub jitter: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Duration,
    pub cause: Cause,
}

pub fn next_run(situation: &Situation) -> Due {
    let Some(last) = situation.last else { return Due { at: Duration::ZERO, cause: Cause::Start } };
    let regular =
        Due { at: last.saturating_add(jittered(interval(situation.ended), situation.jitter)), cause: Cause::Schedule };
    match situation.wish {
        // After a failure the job tries again soon by itself; a hint does not make it more eager.
        Some(cause) if situation.ended == Ended::Well => {
            let wished = Due { at: last.saturating_add(HINT_INTERVAL), cause };
            if wished.at < regular.at { wished } else { regular }
        }
        _ => regular,
    }
}

fn interval(ended: Ended) -> Duration {
    match ended {
        Ended::Well => INTERVAL,
        Ended::StandingBy => FIRST_RETRY,
        Ended::Badly(failures) => {
            FIRST_RETRY.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(INTERVAL)
        }
    }
}

fn jittered(time: Duration, jitter: f64) -> Duration {
    let shift = JITTER * (2.0 * jitter.clamp(0.0, 1.0) - 1.0);
    time.mul_f64(1.0 + shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: f64 = 0.5;

    fn situation(ended: Ended, wish: Option<Cause>, jitter: f64) -> Situation {
        Situation { last: Some(Duration::ZERO), ended, wish, jitter }
    }

    fn wait(ended: Ended, wish: Option<Cause>, jitter: f64) -> u64 {
        next_run(&situation(ended, wish, jitter)).at.as_secs()
    }

    #[test]
    fn the_first_is_due_at_once_and_then_every_hour() {
        let first = Situation { last: None, ..situation(Ended::Well, None, MIDDLE) };
        assert_eq!(next_run(&first), Due { at: Duration::ZERO, cause: Cause::Start });
        let hourly = Due { at: Duration::from_hours(1), cause: Cause::Schedule };
        assert_eq!(next_run(&situation(Ended::Well, None, MIDDLE)), hourly);
    }

    #[test]
    fn the_jitter_moves_it_by_a_twentieth_at_most() {
        assert_eq!((wait(Ended::Well, None, 0.0), wait(Ended::Well, None, 1.0)), (3_420, 3_780));
        assert_eq!((wait(Ended::Well, None, -9.0), wait(Ended::Well, None, 9.0)), (3_420, 3_780));
    }

    #[test]
    fn failures_are_tried_again_soon_then_later_and_never_after_more_than_an_hour() {
        let waits: Vec<_> = (1..=8).map(|failures| wait(Ended::Badly(failures), None, MIDDLE) / 60).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait(Ended::Badly(u32::MAX), None, MIDDLE), 3_600);
    }

    #[test]
    fn a_replica_that_stands_by_looks_again_every_minute() {
        assert_eq!(wait(Ended::StandingBy, Some(Cause::Hint), MIDDLE), 60);
    }

    #[test]
    fn wishes_lead_to_one_sync_a_minute_and_to_none_beside_a_retry() {
        for cause in [Cause::Hint, Cause::Notification] {
            let due = next_run(&situation(Ended::Well, Some(cause), MIDDLE));
            assert_eq!(due, Due { at: Duration::from_mins(1), cause });
        }
        assert_eq!(wait(Ended::Badly(3), Some(Cause::Hint), MIDDLE), 240);
    }
}
