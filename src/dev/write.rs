//! `PATCH …/items`: all of the operations, or none. The answer says nothing of the new state, as Vercel's does not.

use super::answer::Failure;
use super::auth;
use super::state::Shared;
use crate::sync::store::{Operation, OperationKind, StoreError};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// The longest body of a request, in bytes: a full store, written loosely.
pub(super) const MAX_BODY_BYTES: usize = 4_000_000;

#[derive(Deserialize)]
struct Patch {
    items: Vec<Operation>,
}

pub(super) async fn patch(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    auth::open(&dev, &id, &headers).await?;
    let body = body.map_err(|rejection| too_large_or_cut_off(&rejection))?;
    let Patch { items } = serde_json::from_slice(&body)
        .map_err(|error| Failure::bad_request(format!("expected `{{\"items\":[…]}}`: {error}")))?;
    refuse_create_if_asked_to(&dev, &items)?;
    let count = items.len();
    dev.store.change(move |state, now| state.apply(&items, now)).await?;
    tracing::info!(operations = count, "items were changed");
    Ok(Json(json!({ "status": "ok" })))
}

fn too_large_or_cut_off(rejection: &BytesRejection) -> Failure {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("expected a body of at most {MAX_BODY_BYTES} bytes, found more");
            Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "request_entity_too_large", message)
        }
        _ => Failure::bad_request(rejection.body_text()),
    }
}

fn refuse_create_if_asked_to(dev: &Shared, operations: &[Operation]) -> Result<(), StoreError> {
    match operations.iter().find(|operation| operation.kind == OperationKind::Create) {
        Some(create) if dev.faults.take_conflict() => {
            Err(StoreError::Conflict { operation: OperationKind::Create, key: create.key.clone() })
        }
        _ => Ok(()),
    }
}
