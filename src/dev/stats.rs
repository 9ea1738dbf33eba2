//! The counts of requests since the server started. `GET /_atlas/stats` shows them; it counts nothing itself, and needs
//! no token.

use crate::sync::net::connections::Dropped;
use axum::Json;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The three kinds of request that are counted apart and can be disturbed apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestKind {
    /// `GET` and `HEAD` of the read protocol, which Venice uses.
    Reads,
    /// What changes the store.
    Writes,
    /// `GET` and `HEAD` of the management API, which a sync uses.
    ApiReads,
}

impl RequestKind {
    pub(super) fn of(request: &Request) -> Self {
        match (request.uri().path().starts_with("/v1/"), request.method().is_safe()) {
            (false, _) => Self::Reads,
            (true, true) => Self::ApiReads,
            (true, false) => Self::Writes,
        }
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestStats {
    reads: RequestCounts,
    writes: RequestCounts,
    api_reads: RequestCounts,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestCounts {
    requests: AtomicU64,
    /// Not answered yet.
    pending: AtomicU64,
    not_modified: AtomicU64,
    /// Answered with a status from 400 on.
    failed: AtomicU64,
    /// Connections that were closed in place of an answer.
    dropped: AtomicU64,
    /// The bodies of the answers.
    bytes: AtomicU64,
}

pub(super) async fn show(State(stats): State<Arc<RequestStats>>) -> Json<Value> {
    Json(json!(*stats))
}

pub(super) async fn count(State(stats): State<Arc<RequestStats>>, request: Request, next: Next) -> Response {
    let counts = match RequestKind::of(&request) {
        RequestKind::Reads => &stats.reads,
        RequestKind::Writes => &stats.writes,
        RequestKind::ApiReads => &stats.api_reads,
    };
    counts.requests.fetch_add(1, Relaxed);
    let pending = Pending::new(&counts.pending);
    let response = next.run(request).await;
    drop(pending);
    counts.add(&response);
    response
}

impl RequestCounts {
    fn add(&self, response: &Response) {
        if response.extensions().get::<Dropped>().is_some() {
            self.dropped.fetch_add(1, Relaxed);
            return;
        }
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED {
            self.not_modified.fetch_add(1, Relaxed);
        } else if status.is_client_error() || status.is_server_error() {
            self.failed.fetch_add(1, Relaxed);
        }
        self.bytes.fetch_add(response.body().size_hint().exact().unwrap_or(0), Relaxed);
    }
}

/// A request under way. Dropped too when the client gives up, and the request with it.
struct Pending<'a>(&'a AtomicU64);

impl<'a> Pending<'a> {
    fn new(counter: &'a AtomicU64) -> Self {
        counter.fetch_add(1, Relaxed);
        Self(counter)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
