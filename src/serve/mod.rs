//! The long-running job: a sync at the start and every hour, sooner after failures, hints and notifications, and the HTTP
//! endpoints.
//!
//! One sync runs at a time, on a thread of its own. A signal to stop ends the waiting at once and lets a running sync
//! finish; one that takes too long is dropped, which is safe at any point (a write is all or nothing).

mod answer;
mod api;
mod auth;
mod format;
mod hints;
mod job;
mod listener;
mod metrics;
pub mod probe;
pub mod quota;
pub mod schedule;
mod sleep;
mod state;
mod worker;

pub use api::router;
pub use auth::Keys;
pub use job::{SyncJob, Work};
pub use listener::listen;
pub use metrics::Notifier;
pub use quota::{WriteAllowance, WriteQuota};
pub use state::{Job, Service};
pub use worker::Worker;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::sync::net::connections::{Bounds, Connections};

/// Far below the 1,024 files that a process usually may open.
const BOUNDS: Bounds = Bounds { most: 256, head: Duration::from_secs(10) };

/// How long a sync that runs may go on after the signal to stop. With what follows it is less than 20 s, and with what
/// an orchestrator adds less than the 30 s after which it kills.
const GRACE: Duration = Duration::from_secs(15);

/// How much longer a request may take, so that its client still gets the report of that sync.
const ANSWER_GRACE: Duration = Duration::from_secs(1);

/// How often to see whether a sync is due: timers do not count what the machine has slept.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// After this time from the signal the process may be ended anyway, as where nobody reads its log.
pub const LONGEST_STOP: Duration = Duration::from_secs(18);

pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    keys: Keys,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let (stop, stopped) = watch::channel(false);
    let scheduler = tokio::spawn(syncs(Arc::clone(&service), stopped));
    let mut connections = Connections::new(router(Arc::clone(&service), keys), BOUNDS);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    tracing::info!("stopping");
    drop(listener);
    let _ = stop.send(true);
    let last_sync = async {
        let _ = scheduler.await;
        service.idle().await;
    };
    let last_sync = async {
        if tokio::time::timeout(GRACE, last_sync).await.is_err() {
            tracing::warn!(
                "a sync did not end in time and was dropped; the store holds the previous snapshot or the new one"
            );
        }
    };
    tokio::join!(last_sync, connections.finish(GRACE + ANSWER_GRACE));
    tracing::info!("stopped");
}

async fn syncs(service: Arc<Service>, mut stopped: watch::Receiver<bool>) {
    loop {
        let (wait, cause) = service.due();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            () = service.woken() => continue,
            () = tokio::time::sleep(wait.min(LOOK_AGAIN)) => {}
        }
        if wait > LOOK_AGAIN {
            continue;
        }
        if service.run_sync(cause).await.is_err() {
            // A sync that was asked for over HTTP is running and counts as this one, or another replica has the lock.
            service.idle().await;
        }
    }
}
