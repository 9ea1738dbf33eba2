//! The management API, as `api.vercel.com` serves it, under both of its names: the routes, who may use them, and what
//! only looks. `teamId` and `slug` are accepted; there is one store, and it belongs to no team.

use super::answer::Failure;
use super::auth::open;
use super::inject::{self, Side};
use super::state::Shared;
use super::state::{OWNER_ID, STORE_ID};
use super::tamper::Tampering;
use super::{auth, backups, count, schema, sdk, tokens, write};
use crate::sync::store::state::State as StoreState;
use crate::sync::store::state::{StoredItem, digest};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router, middleware};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes(dev: &Shared) -> Router<Shared> {
    let store = Router::new()
        .route("/", get(list).post(no_second_store))
        .route("/{id}", get(metadata))
        .route("/{id}/items", get(items).patch(write::patch))
        .route("/{id}/item/{key}", get(item))
        .route("/{id}/schema", get(schema::show).post(schema::set).delete(schema::remove))
        .route("/{id}/token", post(tokens::create))
        .route("/{id}/token/{token}", get(tokens::show))
        .route("/{id}/tokens", get(tokens::list).delete(tokens::delete))
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
    Ok(Json(record(&loaded.state)).into_response())
}

/// `GET /v1/edge-config`: all stores, of which there is one.
async fn list(
    State(dev): State<Shared>,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = tampering.apply(&dev.store, open(&dev, STORE_ID, &headers).await?).await?;
    Ok(sdk::list(&headers, vec![record(&loaded.state)]))
}

async fn no_second_store(headers: HeaderMap) -> Result<(), Failure> {
    auth::writer(&headers)?;
    let message = format!("expected no second store: the local store is one, `{STORE_ID}`");
    Err(Failure::new(StatusCode::FORBIDDEN, "forbidden", message))
}

/// What the store says about itself.
fn record(state: &StoreState) -> Value {
    let items = state.items_json();
    let mut record = json!({
        "id": state.id,
        "slug": state.slug,
        "ownerId": OWNER_ID,
        "createdAt": state.created_at,
        "updatedAt": state.updated_at,
        "digest": digest(&items),
        "sizeInBytes": items.len(),
        "itemCount": state.items.len(),
    });
    if let Some(schema) = &state.schema {
        record["schema"] = json!(schema);
    }
    record
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
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    edge_config_id: &'a str,
    created_at: u64,
    updated_at: u64,
}

impl<'a> ItemBody<'a> {
    fn new(id: &'a str, key: &'a str, item: &'a StoredItem) -> Self {
        let StoredItem { value, description, created_at, updated_at } = item;
        Self {
            key,
            value,
            description: description.as_deref(),
            edge_config_id: id,
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}
