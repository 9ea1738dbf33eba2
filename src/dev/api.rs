//! The management API, as `api.vercel.com` serves it, under both of its names: the routes, the store itself and its
//! items. `teamId` and `slug` are accepted; there is one store, and it belongs to no team.

use super::answer::ApiError;
use super::auth::Writer;
use super::body::{Body, Object};
use super::live::Loaded;
use super::opened::Opened;
use super::state::{OWNER_ID, STORE_ID, Shared};
use super::{backups, schema, sdk, tokens};
use crate::sync::store::state::StoredItem;
use crate::sync::store::{Operation, OperationKind, StoreError};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Shared> {
    let store = Router::new()
        .route("/", get(list).post(refuse_second_store))
        .route("/{id}", get(metadata))
        .route("/{id}/items", get(items).patch(patch))
        .route("/{id}/item/{key}", get(item))
        .route("/{id}/schema", get(schema::show).post(schema::set).delete(schema::remove))
        .route("/{id}/token", post(tokens::create))
        .route("/{id}/token/{token}", get(tokens::show))
        .route("/{id}/tokens", get(tokens::list).delete(tokens::delete))
        .route("/{id}/backups", get(backups::list))
        .route("/{id}/backups/{version}", get(backups::show))
        .route("/{id}/backups/{version}/restore", post(backups::restore));
    Router::new().nest("/v1/edge-config", store.clone()).nest("/v1/global-config", store)
}

/// `GET /v1/edge-config`: all stores, of which there is one.
async fn list(Opened(loaded): Opened, headers: HeaderMap) -> Response {
    sdk::list(&headers, vec![record(&loaded)])
}

async fn refuse_second_store(_: Writer) -> ApiError {
    ApiError::forbidden(format!("a second store cannot be made: the local store is the only one, `{STORE_ID}`"))
}

async fn metadata(Opened(loaded): Opened) -> Json<Value> {
    Json(record(&loaded))
}

fn record(loaded: &Loaded) -> Value {
    let Loaded { state, items, digest } = loaded;
    let mut record = json!({
        "id": state.id,
        "slug": state.slug,
        "ownerId": OWNER_ID,
        "createdAt": state.created_at,
        "updatedAt": state.updated_at,
        "digest": digest,
        "sizeInBytes": items.len(),
        "itemCount": state.items.len(),
    });
    if let Some(schema) = &state.schema {
        record["schema"] = json!(schema);
    }
    record
}

async fn items(Opened(loaded): Opened) -> Response {
    let items: Vec<_> = loaded.state.items.iter().map(|(key, item)| ItemBody::new(key, item)).collect();
    Json(items).into_response()
}

async fn item(Opened(loaded): Opened, Path((_, key)): Path<(String, String)>) -> Result<Response, ApiError> {
    let item = loaded.state.items.get(&key).ok_or_else(|| ApiError::no_such_item(&key))?;
    Ok(Json(ItemBody::new(&key, item)).into_response())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemBody<'a> {
    key: &'a str,
    edge_config_id: &'static str,
    #[serde(flatten)]
    item: &'a StoredItem,
}

impl<'a> ItemBody<'a> {
    fn new(key: &'a str, item: &'a StoredItem) -> Self {
        Self { key, edge_config_id: STORE_ID, item }
    }
}

#[derive(Deserialize)]
struct Patch {
    items: Vec<Object<Operation>>,
}

/// `PATCH …/items`: all of the operations, or none. Like Vercel's, the answer does not show the new state.
async fn patch(
    State(dev): State<Shared>,
    _: Opened,
    Body(Patch { items }): Body<Patch>,
) -> Result<Json<Value>, ApiError> {
    let items: Vec<_> = items.into_iter().map(|Object(operation)| operation).collect();
    if let Some(create) = items.iter().find(|operation| operation.kind == OperationKind::Create)
        && dev.faults.take_conflict()
    {
        return Err(StoreError::Conflict { operation: OperationKind::Create, key: create.key.clone() }.into());
    }
    let count = items.len();
    dev.store.change(move |state, now| state.apply(&items, now)).await?;
    tracing::info!(operations = count, "items were changed");
    Ok(Json(json!({ "status": "ok" })))
}
