//! The switch for the faults: `PUT /_atlas/faults` replaces the list, `GET` shows what is left of it, `DELETE` clears it;
//! all three want the write token.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Failure;
use super::auth;
use super::fault::Fault;
use super::state::Shared;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_atlas/faults", get(show).put(replace).delete(clear))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn show(State(dev): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    auth::writer(&headers)?;
    Ok(Json(json!({ "faults": *dev.faults.list() })))
}

async fn replace(
    State(dev): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        faults: Vec<Fault>,
    }
    auth::writer(&headers)?;
    let body = body.map_err(|rejection| Failure::bad_request(rejection.body_text()))?;
    let Body { faults } = serde_json::from_slice(&body).map_err(|error| Failure::bad_request(error.to_string()))?;
    let faults: Vec<_> =
        faults.into_iter().map(Fault::checked).collect::<Result<_, _>>().map_err(Failure::bad_request)?;
    tracing::info!(faults = faults.len(), "faults were switched on");
    dev.faults.switch_to(faults);
    show(State(dev), headers).await
}

async fn clear(State(dev): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    auth::writer(&headers)?;
    dev.faults.switch_to(Vec::new());
    show(State(dev), headers).await
}

const MAX_BODY_BYTES: usize = 65_536;
