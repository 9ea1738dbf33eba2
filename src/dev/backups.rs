//! The earlier states of the store, as the management API shows them, and the way back to one of them.

use super::answer::Failure;
use super::auth;
use super::state::Shared;
use crate::sync::store::state::{StoredBackup, StoredItem};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most backups on one page; Vercel's reference allows 0 to 50.
const MAX_LIMIT: usize = 50;
const DEFAULT_LIMIT: usize = 20;

#[derive(Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    /// The last id of the page before.
    next: Option<String>,
}

pub(super) async fn list(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, Failure> {
    let loaded = auth::open(&dev, &id, &headers).await?;
    let Query(Page { limit, next }) = page.map_err(|rejection| Failure::bad_request(rejection.body_text()))?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit > MAX_LIMIT {
        return Err(Failure::bad_request(format!("expected a limit of at most {MAX_LIMIT}, found {limit}")));
    }
    let all = &loaded.state.backups;
    let start = match &next {
        Some(last) => all.iter().position(|backup| backup.id == *last).map_or(all.len(), |at| at + 1),
        None => 0,
    };
    let shown: Vec<_> = all.iter().skip(start).take(limit).collect();
    let has_next = start + shown.len() < all.len();
    let last = shown.last().map(|backup| backup.id.clone()).or(next);
    let backups: Vec<_> = shown.into_iter().map(Summary::of).collect();
    let pagination = if has_next { json!({ "hasNext": true, "next": last }) } else { json!({ "hasNext": false }) };
    Ok(Json(json!({ "backups": backups, "pagination": pagination })))
}

pub(super) async fn show(
    State(dev): State<Shared>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = auth::open(&dev, &id, &headers).await?;
    let backup = loaded.state.kept(&version)?;
    let kept = dev.store.kept(&version).await?;
    let contents =
        Contents { digest: kept.digest(), slug: &kept.slug, updated_at: kept.updated_at, items: &kept.items };
    Ok(Json(Summary { backup: Some(contents), ..Summary::of(backup) }).into_response())
}

pub(super) async fn restore(
    State(dev): State<Shared>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Failure> {
    auth::open(&dev, &id, &headers).await?;
    let (before, after) = dev.store.restore(&version).await?;
    tracing::info!(backup = version, "a backup was restored");
    Ok(Json(json!({
        "status": "ok",
        "restoredFrom": version,
        "previousDigest": before.digest(),
        "digest": after.digest(),
    })))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    id: &'a str,
    last_modified: u64,
    metadata: SummaryMetadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<Contents<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryMetadata {
    /// Text, as in Vercel's reference.
    updated_at: String,
    items_count: usize,
    items_bytes: usize,
}

impl<'a> Summary<'a> {
    fn of(backup: &'a StoredBackup) -> Self {
        let metadata = SummaryMetadata {
            updated_at: backup.updated_at.to_string(),
            items_count: backup.item_count,
            items_bytes: backup.size_in_bytes,
        };
        Self { id: &backup.id, last_modified: backup.updated_at, metadata, backup: None }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contents<'a> {
    digest: String,
    slug: &'a str,
    updated_at: u64,
    items: &'a BTreeMap<String, StoredItem>,
}
