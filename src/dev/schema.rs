//! The store's JSON Schema: shown, set, tried out (`?dryRun=1`) and removed, as the management API does it.

use super::answer::ApiError;
use super::body::Body;
use super::opened::Opened;
use super::parameters::QueryParameters;
use super::sdk;
use super::state::Shared;
use crate::sync::store::Json as Schema;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The body of a `POST`, and of the answers that show a schema.
#[derive(Serialize, Deserialize)]
pub(super) struct Definition {
    definition: Schema,
}

/// The parameters of a `POST`; others are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trial {
    dry_run: Option<String>,
}

/// Without a schema the answer is 204.
pub(super) async fn show(Opened(loaded): Opened, headers: HeaderMap) -> Response {
    match loaded.state.schema.clone() {
        Some(definition) => Json(Definition { definition }).into_response(),
        None if sdk::is_vercel_sdk(&headers) => Json(json!({})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Sets the schema, or with `?dryRun=1` only says whether it could be set.
pub(super) async fn set(
    State(dev): State<Shared>,
    Opened(loaded): Opened,
    QueryParameters(Trial { dry_run }): QueryParameters<Trial>,
    Body(Definition { definition }): Body<Definition>,
) -> Result<Json<Definition>, ApiError> {
    let schema = definition.clone();
    if dry_run.is_some_and(|text| ["1", "true"].contains(&text.as_str())) {
        loaded.state.with_schema(Some(&schema))?;
    } else {
        dev.store.change(move |state, _| state.with_schema(Some(&schema))).await?;
        tracing::info!("the schema was set");
    }
    Ok(Json(Definition { definition }))
}

pub(super) async fn remove(State(dev): State<Shared>, _: Opened) -> Result<StatusCode, ApiError> {
    dev.store.change(|state, _| state.with_schema(None)).await?;
    tracing::info!("the schema was removed");
    Ok(StatusCode::NO_CONTENT)
}
