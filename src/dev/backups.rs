//! The earlier states of the store, as the management API shows them, and the way back to one of them.

use super::answer::ApiError;
use super::opened::Opened;
use super::parameters::QueryParameters;
use super::state::Shared;
use crate::sync::store::state::{StoredBackup, StoredItem};
use axum::Json;
use axum::extract::{Path, State};
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
    Opened(loaded): Opened,
    QueryParameters(Page { limit, next }): QueryParameters<Page>,
) -> Result<Json<Value>, ApiError> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if limit > MAX_LIMIT {
        return Err(ApiError::bad_request(format!("expected a limit of at most {MAX_LIMIT}, found {limit}")));
    }
    let all = &loaded.state.backups;
    let start = match &next {
        Some(last) => all.iter().position(|backup| backup.id == *last).map_or(all.len(), |at| at + 1),
        None => 0,
    };
    let page: Vec<_> = all.iter().skip(start).take(limit).collect();
    let pagination = if start + page.len() < all.len() {
        json!({ "hasNext": true, "next": page.last().map_or(next.as_ref(), |backup| Some(&backup.id)) })
    } else {
        json!({ "hasNext": false })
    };
    let backups: Vec<_> = page.into_iter().map(summary).collect();
    Ok(Json(json!({ "backups": backups, "pagination": pagination })))
}

pub(super) async fn show(
    State(dev): State<Shared>,
    Opened(loaded): Opened,
    Path((_, version)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let summary = summary(loaded.state.kept(&version)?);
    let kept = dev.store.kept(&version).await?;
    let digest = kept.digest();
    let backup = Contents { digest, slug: &kept.slug, updated_at: kept.updated_at, items: &kept.items };
    Ok(Json(Whole { summary, backup }).into_response())
}

pub(super) async fn restore(
    State(dev): State<Shared>,
    _: Opened,
    Path((_, version)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let (before, after) = dev.store.restore(&version).await?;
    tracing::info!(backup = version, "a backup was restored");
    Ok(Json(json!({
        "status": "ok",
        "restoredFrom": version,
        "previousDigest": before.digest(),
        "digest": after.digest(),
    })))
}

fn summary(backup: &StoredBackup) -> Value {
    let StoredBackup { id, updated_at, item_count, size_in_bytes } = backup;
    // Vercel's reference has the first time as a number, the second as text.
    let metadata =
        json!({ "updatedAt": updated_at.to_string(), "itemsCount": item_count, "itemsBytes": size_in_bytes });
    json!({ "id": id, "lastModified": updated_at, "metadata": metadata })
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    summary: Value,
    backup: Contents<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contents<'a> {
    digest: String,
    slug: &'a str,
    updated_at: u64,
    items: &'a BTreeMap<String, StoredItem>,
}
