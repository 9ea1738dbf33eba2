//! When the next sync is due, and why: a pure function of time, failures, what was asked for, and the store's quota.
//!
//! Time is what has passed since the service started, by a clock that is never set: a machine whose clock is put back an
//! hour still syncs on time.

use std::time::Duration;

use super::quota::WriteAllowance;
use crate::domain::registry::registry;

pub const INTERVAL: Duration = Duration::from_hours(1);

/// From the first failed sync to the next try; it doubles with each further failure. A replica that stands by tries
/// again after this time, every time.
pub const FIRST_RETRY: Duration = Duration::from_mins(1);

/// Hints lead to at most one sync in this time; notifications too, where the store's quota is not known.
pub const HINT_INTERVAL: Duration = Duration::from_mins(1);

/// Notifications that come within this time of the first become one sync.
pub const MERGE_WINDOW: Duration = Duration::from_secs(1);

/// How soon a replica that stands by tries again after a notification: whoever holds the lock may have read Michael
/// before he changed.
pub const STANDBY_RETRY: Duration = Duration::from_secs(5);

/// How soon a refused sync is followed by one that a notification asks for: no write slows down a stream of them.
pub const REFUSED_RETRY: Duration = Duration::from_secs(5);

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
pub enum LastSync {
    Succeeded,
    /// It has failed so many times in a row.
    Failed(u32),
    /// The same, the last time because of Michael, whose next change may resolve it.
    Refused(u32),
    /// Another replica was syncing.
    StandingBy,
}

impl LastSync {
    /// How many syncs in a row have failed.
    pub const fn failures(self) -> u32 {
        match self {
            Self::Failed(failures) | Self::Refused(failures) => failures,
            Self::Succeeded | Self::StandingBy => 0,
        }
    }
}

/// A sync that was asked for before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncRequest {
    pub cause: Cause,
    /// When the first hint or notification came that no sync has answered yet.
    pub since: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// When the last sync ended; `None` before the first.
    pub last_ended: Option<Duration>,
    pub last_sync: LastSync,
    /// What has come since the last sync began.
    pub asked: Option<SyncRequest>,
    pub writes: WriteAllowance,
    /// From when on the quota delays no regular sync, so that the snapshot does not expire.
    pub renew_by: Duration,
    /// A number from 0 up to 1, drawn anew after each sync.
    pub jitter: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Duration,
    pub cause: Cause,
}

pub fn next_run(situation: &Situation) -> Due {
    let Some(last) = situation.last_ended else { return Due { at: Duration::ZERO, cause: Cause::Start } };
    let within_quota = situation.writes.earliest();
    let regular = last.saturating_add(jittered(interval(situation.last_sync), situation.jitter));
    let regular = Due { at: regular.max(within_quota.min(situation.renew_by)), cause: Cause::Schedule };
    let early = situation.asked.and_then(|asked| {
        let at = early(situation, asked, last)?.max(within_quota);
        Some(Due { at, cause: asked.cause })
    });
    early.filter(|early| early.at < regular.at).unwrap_or(regular)
}

/// When a sync that was asked for may run; `None` if the regular one has to do.
fn early(situation: &Situation, asked: SyncRequest, last: Duration) -> Option<Duration> {
    let notified = asked.cause == Cause::Notification;
    let gap = match situation.last_sync {
        LastSync::Succeeded if notified => situation.writes.gap(last).unwrap_or(HINT_INTERVAL),
        LastSync::Refused(_) if notified => situation.writes.gap(last).unwrap_or(HINT_INTERVAL).max(REFUSED_RETRY),
        // The store may be well again long before the next try.
        LastSync::Failed(_) if notified => situation.writes.gap(last).unwrap_or(HINT_INTERVAL).max(FIRST_RETRY),
        LastSync::Succeeded => HINT_INTERVAL,
        LastSync::StandingBy if notified => STANDBY_RETRY,
        // After a failure the job tries again soon by itself; a hint does not make it more eager.
        LastSync::StandingBy | LastSync::Failed(_) | LastSync::Refused(_) => return None,
    };
    let merged = if notified { asked.since.saturating_add(MERGE_WINDOW) } else { asked.since };
    Some(last.saturating_add(gap).max(merged))
}

fn interval(last_sync: LastSync) -> Duration {
    match last_sync {
        LastSync::Succeeded => INTERVAL,
        LastSync::StandingBy => FIRST_RETRY,
        LastSync::Failed(failures) | LastSync::Refused(failures) => {
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

    fn asked(cause: Cause) -> SyncRequest {
        SyncRequest { cause, since: Duration::ZERO }
    }

    fn situation(last_sync: LastSync, asked: Option<SyncRequest>, jitter: f64) -> Situation {
        let renew_by = Duration::from_hours(6);
        Situation { last_ended: Some(Duration::ZERO), last_sync, asked, writes: WriteAllowance::Free, renew_by, jitter }
    }

    fn wait(last_sync: LastSync, asked: Option<SyncRequest>, jitter: f64) -> u64 {
        next_run(&situation(last_sync, asked, jitter)).at.as_secs()
    }

    #[test]
    fn the_first_is_due_at_once_and_then_every_hour() {
        let first = Situation { last_ended: None, ..situation(LastSync::Succeeded, None, MIDDLE) };
        assert_eq!(next_run(&first), Due { at: Duration::ZERO, cause: Cause::Start });
        let hourly = Due { at: Duration::from_hours(1), cause: Cause::Schedule };
        assert_eq!(next_run(&situation(LastSync::Succeeded, None, MIDDLE)), hourly);
    }

    #[test]
    fn the_jitter_moves_it_by_a_twentieth_at_most() {
        assert_eq!((wait(LastSync::Succeeded, None, 0.0), wait(LastSync::Succeeded, None, 1.0)), (3_420, 3_780));
        assert_eq!((wait(LastSync::Succeeded, None, -9.0), wait(LastSync::Succeeded, None, 9.0)), (3_420, 3_780));
    }

    #[test]
    fn failures_are_tried_again_soon_then_later_and_never_after_more_than_an_hour() {
        let waits: Vec<_> = (1..=8).map(|failures| wait(LastSync::Failed(failures), None, MIDDLE) / 60).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait(LastSync::Failed(u32::MAX), None, MIDDLE), 3_600);
    }

    #[test]
    fn a_replica_that_stands_by_looks_again_every_minute_and_soon_after_a_notification() {
        assert_eq!(wait(LastSync::StandingBy, Some(asked(Cause::Hint)), MIDDLE), 60);
        assert_eq!(wait(LastSync::StandingBy, Some(asked(Cause::Notification)), MIDDLE), 5);
    }

    #[test]
    fn hints_lead_to_one_sync_a_minute_and_to_none_beside_a_retry() {
        let due = next_run(&situation(LastSync::Succeeded, Some(asked(Cause::Hint)), MIDDLE));
        assert_eq!(due, Due { at: Duration::from_mins(1), cause: Cause::Hint });
        assert_eq!(wait(LastSync::Failed(3), Some(asked(Cause::Hint)), MIDDLE), 240);
    }

    #[test]
    fn a_notification_leads_to_a_sync_a_second_later() {
        let since = Duration::from_secs(100);
        let asked = Some(SyncRequest { cause: Cause::Notification, since });
        let due = Due { at: since + MERGE_WINDOW, cause: Cause::Notification };
        assert_eq!(next_run(&situation(LastSync::Succeeded, asked, MIDDLE)), due);
        let unknown = Situation { writes: WriteAllowance::Unknown, ..situation(LastSync::Succeeded, asked, MIDDLE) };
        assert_eq!(next_run(&unknown), due, "the last sync is long ago");
        let unknown = Situation { last_ended: Some(since), ..unknown };
        assert_eq!(next_run(&unknown).at, since + HINT_INTERVAL);
    }

    #[test]
    fn a_notification_is_heard_after_michael_was_refused_and_a_hint_is_not() {
        let refused = |cause| wait(LastSync::Refused(7), Some(asked(cause)), MIDDLE);
        assert_eq!([Cause::Notification, Cause::Hint].map(refused), [5, 3_600]);
    }

    #[test]
    fn after_an_outage_of_the_store_a_notification_waits_for_the_first_retry_at_most() {
        for failures in [1, 2, 7, u32::MAX] {
            assert_eq!(wait(LastSync::Failed(failures), Some(asked(Cause::Notification)), MIDDLE), 60, "{failures}");
        }
    }

    /// 250 writes a month, of which so many were used just now: after 50 of them one comes back every 3.6 h.
    fn used(writes: u32) -> WriteAllowance {
        let mut quota = WriteAllowance::from("250/month".parse::<crate::serve::quota::WriteQuota>().unwrap());
        quota.spend(writes, Duration::ZERO);
        quota
    }

    #[test]
    fn nothing_runs_by_itself_beyond_the_quota() {
        let due = Duration::from_mins(216);
        for asked in [None, Some(asked(Cause::Hint)), Some(asked(Cause::Notification))] {
            let at = next_run(&Situation { writes: used(50), ..situation(LastSync::Succeeded, asked, MIDDLE) }).at;
            assert_eq!(at, due, "{asked:?}");
        }
    }

    #[test]
    fn the_quota_does_not_let_the_snapshot_expire() {
        for asked in [None, Some(asked(Cause::Hint)), Some(asked(Cause::Notification))] {
            let writes = used(250);
            let well = Situation { writes, ..situation(LastSync::Succeeded, asked, MIDDLE) };
            assert_eq!(next_run(&well), Due { at: Duration::from_hours(6), cause: Cause::Schedule }, "{asked:?}");
            let old = Situation { renew_by: Duration::ZERO, ..well };
            assert_eq!(next_run(&old), Due { at: Duration::from_hours(1), cause: Cause::Schedule }, "{asked:?}");
            let failed = Situation { last_sync: LastSync::Failed(1), ..old };
            assert_eq!(next_run(&failed).at, Duration::from_mins(1), "{asked:?}");
        }
    }
}
