//! The body of a request: JSON, whatever its `Content-Type` says.

use super::answer::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// The longest body, in bytes: a full store, written loosely.
pub(super) const MAX_BODY_BYTES: usize = 4_000_000;

pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => {
                let message = format!("expected a body of at most {MAX_BODY_BYTES} bytes, found more");
                Failure::new(status, "request_entity_too_large", message)
            }
            _ => Failure::bad_request(rejection.body_text()),
        })?;
        serde_json::from_slice(&body).map(Self).map_err(|error| match error.classify() {
            Category::Eof => Failure::bad_request("expected a body of JSON, found one that ends before its value does"),
            _ => Failure::bad_request(format!("the body cannot be used: {error}")),
        })
    }
}
