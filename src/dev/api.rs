//! The management API, as `api.vercel.com` serves it, under both of its names: the routes, who may use them, and what
//! only looks. `teamId` and `slug` are accepted; there is one store, and it belongs to no team.

use super::answer::Failure;
use super::auth::open;
use super::inject::{self, Side};
use super::state::Shared;
use super::tamper::Tampering;
use super::{backups, count, write};
use crate::sync::store::state::StoredItem;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

pub(super) fn routes(dev: &Shared) -> Router<Shared> {
    let store = Router::new()
        .route("/{id}", get(metadata))
        .route("/{id}/items", get(items).patch(write::patch))
        .route("/{id}/item/{key}", get(item))
        .route("/{id}/backups", get(backups::list))
        .route("/{id}/backups/{version}", get(backups::show))
        .route("/{id}/backups/{version}/restore", post(backups::restore))
        .layer(DefaultBodyLimit::max(write::MAX_BODY_BYTES))
        .route_layer(middleware::from_fn_with_state((Arc::clone(dev), Side::Api), inject::inject))
        .route_layer(middleware::from_fn_with_state((Arc::clone(dev), Side::Api), count::count));
    Router::new().nest("/v1/edge-config", store.clone()).nest("/v1/global-config", store)
}

async fn metadata(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = tampering.apply(&dev.store, open(&dev, &id, &headers).await?).await?;
    Ok(Json(loaded.state.metadata()).into_response())
}

async fn items(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = tampering.apply(&dev.store, open(&dev, &id, &headers).await?).await?;
    let items: Vec<_> = loaded.state.items.iter().map(|(key, item)| ItemBody::new(&id, key, item)).collect();
    Ok(Json(items).into_response())
}

async fn item(
    State(dev): State<Shared>,
    Path((id, key)): Path<(String, String)>,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = tampering.apply(&dev.store, open(&dev, &id, &headers).await?).await?;
    let item = loaded.state.items.get(&key).ok_or_else(|| Failure::no_such_item(&key))?;
    Ok(Json(ItemBody::new(&id, &key, item)).into_response())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemBody<'a> {
    key: &'a str,
    value: &'a RawValue,
    edge_config_id: &'a str,
    created_at: u64,
    updated_at: u64,
}

impl<'a> ItemBody<'a> {
    fn new(id: &'a str, key: &'a str, item: &'a StoredItem) -> Self {
        Self { key, value: &item.value, edge_config_id: id, created_at: item.created_at, updated_at: item.updated_at }
    }
}
