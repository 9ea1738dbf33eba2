//! The counts of requests since the server started.

use super::group::Group;
use crate::sync::net::connections::Dropped;
use axum::body::HttpBody;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    pub(super) reads: Counts,
    pub(super) writes: Counts,
    pub(super) api_reads: Counts,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub(super) requests: AtomicU64,
    pub(super) pending: AtomicU64,
    not_modified: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    bytes: AtomicU64,
}

impl Stats {
    pub(super) fn of(&self, group: Group) -> &Counts {
        match group {
            Group::Reads => &self.reads,
            Group::Writes => &self.writes,
            Group::ApiReads => &self.api_reads,
        }
    }
}

impl Counts {
    pub(super) fn add(&self, response: &Response) {
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
pub(super) struct Pending<'a>(&'a AtomicU64);

impl<'a> Pending<'a> {
    pub(super) fn new(counter: &'a AtomicU64) -> Self {
        counter.fetch_add(1, Relaxed);
        Self(counter)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
