//! The long-running job: a sync at the start and every hour, sooner after failures and hints, and the HTTP endpoints.
//!
//! One sync runs at a time. SIGTERM ends the waiting at once and lets a sync that is writing come to its end; if that
//! takes too long it is dropped, which is safe at any point (a write is all or nothing).

mod api;
mod auth;
mod job;
mod metrics;
mod state;

pub use api::router;
pub use auth::AdminKey;
pub use job::SyncJob;
pub use state::{Job, Service};

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

/// How long a sync that runs may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(15);

/// Serves until `shutdown` ends.
///
/// # Errors
///
/// If the socket fails.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    key: AdminKey,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let scheduler = tokio::spawn(syncs(Arc::clone(&service), stopped.clone()));
    let signal = async move {
        shutdown.await;
        tracing::info!("stopping");
        let _ = stop.send(true);
    };
    let served = axum::serve(listener, router(service, key)).with_graceful_shutdown(signal);
    let mut stopped = stopped;
    let result = tokio::select! {
        result = served => result,
        // Open connections must not keep the job from ending.
        () = async { let _ = stopped.wait_for(|stop| *stop).await; tokio::time::sleep(GRACE).await } => Ok(()),
    };
    if tokio::time::timeout(GRACE, scheduler).await.is_err() {
        tracing::warn!(
            "a sync did not end in time and was dropped; the store holds the previous snapshot or the new one"
        );
    }
    tracing::info!("stopped");
    result
}

/// Runs the syncs that are due, until told to stop.
async fn syncs(service: Arc<Service>, mut stopped: tokio::sync::watch::Receiver<bool>) {
    loop {
        let wait = Duration::from_millis(service.due_in_ms());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = service.woken() => continue,
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        // `None`: one is running that was asked for over HTTP; it counts as this one.
        let _ = service.run_sync("schedule").await;
    }
}
