//! Notifications over hours of tokio's paused time: how soon they lead to a sync, how they are merged, and that no quota is
//! exceeded.

use std::time::Duration;

use atlas::domain::format::checksum::Checksum;
use atlas::domain::report::health::KnownSnapshot;
use atlas::serve::schedule::Cause;
use atlas::serve::{Notifier, WriteAllowance, WriteQuota};
use atlas::sync::run::{ErrorClass, Outcome};
use tokio::time::sleep;

use crate::schedule::start;
use crate::support::Served;

/// A service whose store has this quota.
fn metered(quota: &str) -> Served {
    Served::with_writes(Outcome::Published, quota.parse::<WriteQuota>().unwrap().into())
}

fn ran_at(served: &Served) -> Vec<u64> {
    served.script.ran_at.lock().unwrap().clone()
}

/// Notifies at this interval for so long.
async fn notify(served: &Served, every: Duration, total: Duration) {
    let mut passed = Duration::ZERO;
    while passed < total {
        served.service.notified(Notifier::Channel);
        sleep(every).await;
        passed += every;
    }
}

#[tokio::test(start_paused = true)]
async fn a_notification_is_a_sync_within_two_seconds() {
    for quota in [None, Some("100/hour"), Some("250/month")] {
        let served = quota.map_or_else(|| Served::new(Outcome::Published), metered);
        let (_stop, _end) = start(&served).await;
        sleep(Duration::from_mins(30)).await;
        served.service.notified(Notifier::Channel);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(ran_at(&served), [0, 1_801]);
        sleep(Duration::from_mins(10)).await;
        assert_eq!(ran_at(&served).len(), 2, "and no other follows");
    }
}

/// Whoever corrects a row need not wait for the next try, which may be an hour away; nor whoever changes one after an outage
/// of the store.
#[tokio::test(start_paused = true)]
async fn a_notification_is_heard_although_the_last_syncs_did_not_succeed() {
    for (outcome, code, class) in [
        (Outcome::Refused, "rows_refused", ErrorClass::Refused),
        (Outcome::Failed, "source_unreadable", ErrorClass::Source),
        (Outcome::Failed, "source_late", ErrorClass::Source),
        (Outcome::Failed, "lock_lost", ErrorClass::Source),
        (Outcome::Failed, "store_failed", ErrorClass::Store),
    ] {
        let served = Served::new(outcome);
        *served.script.error.lock().unwrap() = Some((code, class));
        let (_stop, _end) = start(&served).await;
        // After the tries at 0, 1, 3, 7, 15 and 31 min.
        sleep(Duration::from_mins(40)).await;
        let before = ran_at(&served).len();
        *served.script.outcome.lock().unwrap() = Outcome::Published;
        served.service.notified(Notifier::Channel);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(ran_at(&served).len() - before, 1, "{code}: {:?}", ran_at(&served));
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_sync_and_what_comes_while_it_runs_another() {
    let served = metered("100/hour");
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_mins(30)).await;
    served.script.hold();
    served.script.begun.forget_permits(usize::MAX);
    notify(&served, Duration::from_millis(5), Duration::from_millis(500)).await;
    served.script.begun.acquire().await.unwrap().forget();
    served.service.notified(Notifier::Channel);
    served.script.permits.add_permits(10);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(ran_at(&served), [0, 1_801, 1_802]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_changes_keeps_to_the_quota_and_is_never_put_off_for_ever() {
    for (quota, hours, window, most) in [("100/hour", 3, 3_600, 100), ("250/month", 24 * 40, 30 * 24 * 3_600, 250)] {
        let served = metered(quota);
        let (_stop, _end) = start(&served).await;
        let every = if hours > 3 { Duration::from_mins(7) } else { Duration::from_millis(700) };
        notify(&served, every, Duration::from_hours(hours)).await;
        let wrote = served.script.wrote_at.lock().unwrap().clone();
        let busiest =
            wrote.iter().map(|from| wrote.iter().filter(|at| (*from..from + window).contains(at)).count()).max();
        assert!(busiest <= Some(most) && busiest > Some(most / 2), "{quota}: {busiest:?}");
        let longest = wrote.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest < 4 * 3_600, "{quota}: {longest} s without a write");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_known_quota_a_stream_is_one_sync_a_minute() {
    let served = Served::with_writes(Outcome::Published, WriteAllowance::Unknown);
    let (_stop, _end) = start(&served).await;
    notify(&served, Duration::from_secs(1), Duration::from_mins(10)).await;
    assert_eq!(ran_at(&served), [0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600][..ran_at(&served).len()]);
    assert!(ran_at(&served).len() >= 10);
}

#[tokio::test(start_paused = true)]
async fn writes_of_other_jobs_count_too() {
    let served = metered("100/hour");
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_secs(1)).await;
    // The stand-in's snapshots have version 7: somebody has written 20 since.
    *served.script.previous_version.lock().unwrap() = Some(27);
    served.service.notified(Notifier::Channel);
    sleep(Duration::from_secs(5)).await;
    *served.script.previous_version.lock().unwrap() = Some(7);
    assert_eq!(ran_at(&served).len(), 2);
    served.service.notified(Notifier::Channel);
    sleep(Duration::from_secs(2 * 45)).await;
    assert_eq!(ran_at(&served).len(), 2, "the quota is used up");
    sleep(Duration::from_secs(45)).await;
    assert_eq!(ran_at(&served).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_others_write_while_this_replica_stands_by_counts_too() {
    let served = metered("100/hour");
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_secs(1)).await;
    // The stand-in's snapshots have version 7: whoever holds the lock has written 20 since.
    let checked_at = served.script.true_time();
    let standing = KnownSnapshot { version: 27, checksum: Checksum::of(b"x"), checked_at };
    *served.script.store.lock().unwrap() = Ok(Some(standing));
    *served.script.holder.lock().unwrap() = Some("process 12");
    served.service.notified(Notifier::Channel);
    sleep(Duration::from_secs(4)).await;
    *served.script.holder.lock().unwrap() = None;
    *served.script.previous_version.lock().unwrap() = Some(27);
    assert_eq!(ran_at(&served).len(), 2);
    sleep(Duration::from_secs(80)).await;
    assert_eq!(ran_at(&served).len(), 2, "the quota is used up");
    sleep(Duration::from_secs(45)).await;
    assert_eq!(ran_at(&served).len(), 3);
}

/// As `sync --min-version` makes it.
#[tokio::test(start_paused = true)]
async fn a_jump_of_the_version_is_charged_as_a_burst_and_stops_no_sync() {
    for (quota, delayed) in [("100/hour", Duration::from_mins(3)), ("250/month", Duration::from_hours(4 * 4))] {
        let served = metered(quota);
        let (_stop, _end) = start(&served).await;
        sleep(Duration::from_secs(1)).await;
        *served.script.previous_version.lock().unwrap() = Some(1_000_000);
        served.service.notified(Notifier::Channel);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(ran_at(&served).len(), 2, "{quota}");
        *served.script.previous_version.lock().unwrap() = Some(7);
        served.service.notified(Notifier::Channel);
        sleep(delayed).await;
        assert!(ran_at(&served).len() >= 3, "{quota}: {:?}", ran_at(&served));
    }
}

#[tokio::test(start_paused = true)]
async fn no_debt_lets_the_snapshot_expire() {
    let served = metered("250/month");
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_secs(1)).await;
    for _ in 0..100 {
        *served.script.previous_version.lock().unwrap() = Some(1_000_000);
        served.service.run_sync(Cause::Request).await.unwrap();
    }
    *served.script.previous_version.lock().unwrap() = Some(7);
    sleep(Duration::from_hours(48)).await;
    let wrote = served.script.wrote_at.lock().unwrap().clone();
    let longest = wrote.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest <= 6 * 3_600 && wrote.last() >= Some(&(42 * 3_600)), "{wrote:?}");
}

/// After a sync that failed, the snapshot that stands is older than the last sync.
#[tokio::test(start_paused = true)]
async fn a_snapshot_is_renewed_six_hours_after_its_check_and_not_after_the_last_sync() {
    let served = metered("250/month");
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_hours(5)).await;
    let checked_at = served.script.true_time();
    sleep(Duration::from_hours(5)).await;
    let before = ran_at(&served).len();
    let standing = KnownSnapshot { version: 7, checksum: Checksum::of(b"x"), checked_at };
    *served.script.store.lock().unwrap() = Ok(Some(standing));
    *served.script.outcome.lock().unwrap() = Outcome::Failed;
    *served.script.previous_version.lock().unwrap() = Some(1_000_000);
    served.service.run_sync(Cause::Request).await.unwrap();
    sleep(Duration::from_mins(59)).await;
    assert_eq!(ran_at(&served).len(), before + 1, "the quota is used up");
    sleep(Duration::from_mins(2)).await;
    assert_eq!(ran_at(&served).len(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_not_lost_to_a_replica_that_holds_the_lock() {
    let served = Served::new(Outcome::Published);
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_mins(30)).await;
    *served.script.holder.lock().unwrap() = Some("process 12");
    served.service.notified(Notifier::Channel);
    sleep(Duration::from_secs(3)).await;
    *served.script.holder.lock().unwrap() = None;
    sleep(Duration::from_secs(10)).await;
    assert_eq!(ran_at(&served), [0, 1_801, 1_806], "whoever had the lock may have read Michael before the change");
    sleep(Duration::from_mins(10)).await;
    assert_eq!(ran_at(&served).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn however_many_notifications_a_job_whose_syncs_fail_tries_once_a_minute() {
    let served = Served::new(Outcome::Failed);
    let (_stop, _end) = start(&served).await;
    notify(&served, Duration::from_millis(100), Duration::from_mins(4)).await;
    assert_eq!(ran_at(&served), [0, 60, 120, 180]);
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_makes_up_for_what_was_missed() {
    let served = Served::new(Outcome::Published);
    let (_stop, _end) = start(&served).await;
    sleep(Duration::from_mins(30)).await;
    served.service.listening(false);
    sleep(Duration::from_mins(5)).await;
    assert_eq!(ran_at(&served), [0]);
    served.service.listening(true);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(ran_at(&served), [0, 2_101]);
}
