//! When the service syncs, over hours of tokio's paused time.

use std::sync::Arc;
use std::time::Duration;

use atlas::domain::hint::RefreshHint;
use atlas::sync::report::Outcome;
use atlas::sync::serve::{AdminKey, serve};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{KEY, Served};

/// The service as the command runs it, and how to stop it.
async fn start(served: &Served) -> (oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = oneshot::channel();
    let (service, key) = (Arc::clone(&served.service), AdminKey::new(&SecretString::from(KEY)));
    let shutdown = async move {
        let _ = stopped.await;
    };
    (stop, tokio::spawn(async move { serve(listener, service, key, shutdown).await }))
}

fn minutes(served: &Served) -> Vec<u64> {
    served.script.ran_at.lock().unwrap().iter().map(|seconds| seconds / 60).collect()
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
    end.await.unwrap().unwrap();
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
async fn many_hints_are_one_sync_in_a_minute() {
    let served = Served::new(Outcome::Unchanged);
    let (_stop, _end) = start(&served).await;
    pass(10).await;
    let hint = RefreshHint::from_header("reason=schema_version_mismatch, version=7").unwrap();
    for _ in 0..100 {
        served.service.hint(&hint);
    }
    pass(0).await;
    assert_eq!(minutes(&served), [0, 10], "the first leads to a sync at once: the last one is long ago");
    for _ in 0..5 {
        served.service.hint(&hint);
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_eq!(minutes(&served), [0, 10], "not before a minute is over");
    pass(1).await;
    assert_eq!(minutes(&served), [0, 10, 11]);
    pass(30).await;
    assert_eq!(minutes(&served).len(), 3, "and then no more");
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_a_running_sync_end() {
    let served = Served::new(Outcome::Published);
    served.script.hold();
    let (stop, end) = start(&served).await;
    served.script.begun.acquire().await.unwrap().forget();
    stop.send(()).unwrap();
    served.script.permits.add_permits(1);
    end.await.unwrap().unwrap();
    assert!(served.service.is_ready(), "the sync came to its end");
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_ever() {
    let served = Served::new(Outcome::Published);
    served.script.hold();
    let (stop, end) = start(&served).await;
    served.script.begun.acquire().await.unwrap().forget();
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_mins(1), end).await.unwrap().unwrap().unwrap();
}
