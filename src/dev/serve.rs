//! The connections: takes them, answers on them, closes them without an answer when a fault says so, and ends in a
//! bounded time even while requests hang.

use super::answer::Dropped;
use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

/// How long requests under way may take to finish after the server was told to stop.
const GRACE: Duration = Duration::from_millis(500);
/// How long to wait before the next connection when the system has none to give, such as for want of file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves the routes, those of [`super::router`] and perhaps others, until `shutdown` ends. Requests under way then have
/// half a second to finish.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), graceful.watcher()));
                }
                Err(error) => {
                    tracing::warn!(%error, "could not take a connection");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests still under way were cut off");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a fault closed the connection")]
struct Closed;

async fn connection(stream: TcpStream, router: Router, watcher: Watcher) {
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request));
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, Closed> {
    let Ok(response) = router.oneshot(request).await;
    if response.extensions().get::<Dropped>().is_some() { Err(Closed) } else { Ok(response) }
}
