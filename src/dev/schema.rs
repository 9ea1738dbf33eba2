//! The store's JSON Schema: shown, set, tried out (`?dryRun=1`) and removed, as the management API does it.

use super::answer::Failure;
use super::auth::open;
use super::sdk;
use super::state::Shared;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The body of a `POST`.
#[derive(Deserialize)]
struct Wanted {
    definition: Box<RawValue>,
}

/// The parameters of a `POST`; others are passed over.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trial {
    dry_run: Option<String>,
}

/// Without a schema the answer is 204.
pub(super) async fn show(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = open(&dev, &id, &headers).await?;
    Ok(match &loaded.state.schema {
        Some(schema) => Json(json!({ "definition": schema })).into_response(),
        None if sdk::asks(&headers) => Json(json!({})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Sets the schema, or with `?dryRun=1` only says whether it could be set.
pub(super) async fn set(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    Query(Trial { dry_run }): Query<Trial>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let loaded = open(&dev, &id, &headers).await?;
    let Wanted { definition } = serde_json::from_slice(&body)
        .map_err(|error| Failure::bad_request(format!("expected `{{\"definition\":{{…}}}}`: {error}")))?;
    let answer = Json(json!({ "definition": definition }));
    if dry_run.is_some_and(|text| ["1", "true"].contains(&text.as_str())) {
        loaded.state.with_schema(Some(&definition))?;
    } else {
        dev.store.change(move |state, _| state.with_schema(Some(&definition))).await?;
        tracing::info!("the schema was set");
    }
    Ok(answer)
}

pub(super) async fn remove(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Failure> {
    open(&dev, &id, &headers).await?;
    dev.store.change(|state, _| state.with_schema(None)).await?;
    tracing::info!("the schema was removed");
    Ok(StatusCode::NO_CONTENT)
}
