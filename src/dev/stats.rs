//! Counts the requests of both APIs. `GET /_atlas/stats` shows the counts; it counts nothing itself, and needs no token.

use super::Shared;
use super::group::{Group, Side};
use super::inject::Dropped;
use axum::Json;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The counts since the server started.
#[derive(Default)]
pub(super) struct Stats {
    reads: Counts,
    writes: Counts,
    api_reads: Counts,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    pending: AtomicU64,
    not_modified: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    bytes: AtomicU64,
}

/// `requests` counts all that came, `pending` those not yet answered, `notModified` the 304s, `failed` the statuses from
/// 400 on, `dropped` the connections that were closed instead of an answer, `bytes` the bodies that were sent.
pub(super) async fn show(State(dev): State<Shared>) -> Json<Value> {
    let Stats { reads, writes, api_reads } = &dev.stats;
    Json(json!({ "reads": reads.show(), "writes": writes.show(), "apiReads": api_reads.show() }))
}

/// Counts a request and its answer.
pub(super) async fn count(State((dev, side)): State<(Shared, Side)>, request: Request, next: Next) -> Response {
    let counts = dev.stats.of(Group::of(side, request.method()));
    counts.requests.fetch_add(1, Relaxed);
    let pending = Pending::new(&counts.pending);
    let response = next.run(request).await;
    drop(pending);
    counts.add(&response);
    response
}

impl Stats {
    fn of(&self, group: Group) -> &Counts {
        match group {
            Group::Reads => &self.reads,
            Group::Writes => &self.writes,
            Group::ApiReads => &self.api_reads,
        }
    }
}

impl Counts {
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

    fn show(&self) -> Value {
        json!({
            "requests": self.requests.load(Relaxed),
            "pending": self.pending.load(Relaxed),
            "notModified": self.not_modified.load(Relaxed),
            "failed": self.failed.load(Relaxed),
            "dropped": self.dropped.load(Relaxed),
            "bytes": self.bytes.load(Relaxed),
        })
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
