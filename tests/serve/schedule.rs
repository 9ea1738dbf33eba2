//! When the service syncs, over hours of tokio's paused time.

use std::sync::Arc;
use std::time::Duration;

use atlas::domain::headers::hint::RefreshHint;
use atlas::serve::schedule::Cause;
use atlas::serve::serve;
use atlas::sync::run::Outcome;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Served, keys};

/// The service as the command runs it, and how to stop it.
pub async fn start(served: &Served) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = oneshot::channel();
    let service = Arc::clone(&served.service);
    let shutdown = async move {
        let _ = stopped.await;
    };
    (stop, tokio::spawn(async move { serve(listener, service, keys(), shutdown).await }))
}

fn minutes(served: &Served) -> Vec<u64> {
    served.script.ran_at.lock().unwrap().iter().map(|seconds| seconds / 60).collect()
}

fn hint(served: &Served, header: &str) {
    served.service.hint(&RefreshHint::from_header(header).unwrap(), header);
}

/// Lets paused time pass.
async fn pass(minutes: u64) {
    tokio::time::sleep(Duration::from_secs(minutes * 60) + Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_sync_at_the_start_and_every_hour() {
    let served = Served::new(Outcome::Unchanged);
    let (stop, end) = start(&served).await;
    pass(150).await;
    assert_eq!(minutes(&served), [0, 60, 120]);
    stop.send(()).unwrap();
    end.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failed_sync_is_tried_again_soon_and_then_less_often() {
    let served = Served::new(Outcome::Failed);
    let (_stop, _end) = start(&served).await;
    pass(16).await;
    assert_eq!(minutes(&served), [0, 1, 3, 7, 15]);
    *served.script.outcome.lock().unwrap() = Outcome::Published;
    pass(100).await;
    assert_eq!(minutes(&served)[5..], [31, 91]);
}

#[tokio::test(start_paused = true)]
async fn a_sync_that_somebody_asked_for_counts_for_the_next_one() {
    let served = Served::new(Outcome::Unchanged);
    let (_stop, _end) = start(&served).await;
    pass(10).await;
    *served.script.outcome.lock().unwrap() = Outcome::Failed;
    served.service.run_sync(Cause::Request).await.unwrap();
    pass(2).await;
    assert_eq!(minutes(&served), [0, 10, 11], "one that failed is tried again soon");
    *served.script.outcome.lock().unwrap() = Outcome::Unchanged;
    served.service.run_sync(Cause::Request).await.unwrap();
    pass(70).await;
    assert_eq!(minutes(&served)[3..], [12, 72], "an hour after one that succeeded is the next");
}

#[tokio::test(start_paused = true)]
async fn many_hints_are_one_sync_in_a_minute() {
    let served = Served::new(Outcome::Unchanged);
    let (_stop, _end) = start(&served).await;
    pass(10).await;
    // Each from another lookup: the same hint is acted on once, as long as no sync mends it.
    for lookup in 0..100 {
        hint(&served, &format!("reason=record_missing, version=7, template=\"{lookup}\""));
    }
    pass(0).await;
    assert_eq!(minutes(&served), [0, 10], "the first leads to a sync at once: the last one is long ago");
    for lookup in 100..105 {
        hint(&served, &format!("reason=record_missing, version=7, template=\"{lookup}\""));
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(minutes(&served), [0, 10], "not before a minute is over");
    pass(1).await;
    assert_eq!(minutes(&served), [0, 10, 11]);
    pass(30).await;
    assert_eq!(minutes(&served).len(), 3, "and then no more");
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_a_sync_did_not_mend_waits_until_michael_changes() {
    let served = Served::new(Outcome::Unchanged);
    let (_stop, _end) = start(&served).await;
    let missing = "reason=record_missing, version=7, template=\"none\"";
    pass(10).await;
    for _ in 0..20 {
        hint(&served, missing);
        pass(1).await;
    }
    assert_eq!(minutes(&served), [0, 10], "one sync, and not one a minute");
    *served.script.outcome.lock().unwrap() = Outcome::Published;
    hint(&served, "reason=record_missing, version=7, template=\"other\"");
    pass(0).await;
    assert_eq!(minutes(&served), [0, 10, 30], "another hint still counts");
    pass(5).await;
    hint(&served, missing);
    pass(0).await;
    assert_eq!(minutes(&served), [0, 10, 30, 35], "Michael has changed since");
}

/// It may be another replica that publishes what has changed.
#[tokio::test(start_paused = true)]
async fn a_hint_counts_again_once_another_job_has_published() {
    let served = Served::new(Outcome::Unchanged);
    let (_stop, _end) = start(&served).await;
    let missing = "reason=record_missing, version=7, template=\"none\"";
    for _ in 0..20 {
        hint(&served, missing);
        pass(1).await;
    }
    let before = minutes(&served).len();
    // The stand-in's snapshots have version 7.
    *served.script.previous_version.lock().unwrap() = Some(8);
    pass(60).await;
    assert_eq!(minutes(&served).len(), before + 1, "the hourly sync finds it");
    hint(&served, missing);
    pass(1).await;
    assert_eq!(minutes(&served).len(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_neither_stalls_nor_hurries_the_syncs() {
    for set_ms in [-86_400_000, 86_400_000] {
        let served = Served::new(Outcome::Unchanged);
        let (_stop, _end) = start(&served).await;
        pass(1).await;
        *served.script.clock_set_ms.lock().unwrap() = set_ms;
        pass(120).await;
        assert_eq!(minutes(&served), [0, 60, 120], "{set_ms}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_machine_has_slept_counts_and_a_sync_follows_soon() {
    let served = Served::new(Outcome::Unchanged);
    let (_stop, _end) = start(&served).await;
    pass(10).await;
    *served.script.slept.lock().unwrap() = Duration::from_hours(14);
    let age = served.service.health().last_sync_age_seconds.unwrap();
    assert_eq!((age / 3_600, served.service.is_ready()), (14, false));
    pass(1).await;
    let age = served.service.health().last_sync_age_seconds.unwrap();
    assert_eq!((minutes(&served), age / 60, served.service.is_ready()), (vec![0, 11], 0, true));
    pass(60).await;
    assert_eq!(minutes(&served), [0, 11, 71]);
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_stands_by_looks_again_every_minute() {
    let served = Served::new(Outcome::Published);
    *served.script.holder.lock().unwrap() = Some("process 12");
    let (_stop, _end) = start(&served).await;
    pass(3).await;
    assert_eq!(minutes(&served), [0, 1, 2, 3]);
    *served.script.holder.lock().unwrap() = None;
    pass(30).await;
    assert_eq!(minutes(&served), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_a_sync_end_that_somebody_asked_for() {
    let served = Served::new(Outcome::Published);
    let (stop, end) = start(&served).await;
    pass(1).await;
    served.script.hold();
    served.script.begun.forget_permits(usize::MAX);
    let service = Arc::clone(&served.service);
    let asked = tokio::spawn(async move { service.run_sync(Cause::Request).await });
    served.script.begun.acquire().await.unwrap().forget();
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(!end.is_finished(), "the sync is under way");
    served.script.permits.add_permits(1);
    end.await.unwrap();
    assert_eq!(asked.await.unwrap().unwrap().outcome, Outcome::Published);
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_a_running_sync_end() {
    let served = Served::new(Outcome::Published);
    served.script.hold();
    let (stop, end) = start(&served).await;
    served.script.begun.acquire().await.unwrap().forget();
    stop.send(()).unwrap();
    served.script.permits.add_permits(1);
    end.await.unwrap();
    assert!(served.service.is_ready(), "the sync came to its end");
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let served = Served::new(Outcome::Published);
    served.script.hold();
    let (stop, end) = start(&served).await;
    served.script.begun.acquire().await.unwrap().forget();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(20), end).await.unwrap().unwrap();
}
