//! Counts the requests of both APIs. `GET /_atlas/stats` shows the counts; it counts nothing itself, and needs no token.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::atomic::Ordering::Relaxed;

use super::group::{Group, Side};
use super::state::Shared;
use super::stats::Pending;

/// `requests` counts all that came, `pending` those not yet answered, `notModified` the 304s, `failed` the statuses from
/// 400 on, `dropped` the connections that were closed instead of an answer, `bytes` the bodies that were sent.
pub(super) async fn show(State(dev): State<Shared>) -> Json<Value> {
    Json(json!(dev.stats))
}

pub(super) async fn count(State((dev, side)): State<(Shared, Side)>, request: Request, next: Next) -> Response {
    let counts = dev.stats.of(Group::of(side, request.method()));
    counts.requests.fetch_add(1, Relaxed);
    let pending = Pending::new(&counts.pending);
    let response = next.run(request).await;
    drop(pending);
    counts.add(&response);
    response
}
