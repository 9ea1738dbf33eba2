//! Serves the local store on its socket.

use crate::sync::net::connections::{Bounds, Connections};
use axum::Router;
use std::time::Duration;
use tokio::net::TcpListener;

/// As patient as hyper is by itself, and room for a crowd of readers.
const BOUNDS: Bounds = Bounds { most: 8192, head: Duration::from_secs(30) };
const GRACE: Duration = Duration::from_millis(500);

/// Serves the routes, those of [`router`](super::router::router) and perhaps others, until `shutdown` ends. Requests
/// under way then have half a second to finish.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let mut connections = Connections::new(router, BOUNDS);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    drop(listener);
    connections.finish(GRACE).await;
}
