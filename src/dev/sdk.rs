//! The three answers that Vercel's own `@vercel/sdk` gets in another form. The SDK is generated from Vercel's reference,
//! which differs there from what other clients parse (Terraform's provider among them): one object instead of a list of
//! stores or of tokens, and always an object for a schema. The SDK checks each answer against the reference and throws if
//! they differ.

use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Whether the request comes from `@vercel/sdk`, by its `User-Agent`.
pub(super) fn is_vercel_sdk(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).is_some_and(|agent| agent.contains("@vercel/sdk"))
}

/// A list; the SDK gets its first element, and a list always has one.
pub(super) fn list(headers: &HeaderMap, mut list: Vec<Value>) -> Response {
    if is_vercel_sdk(headers) && !list.is_empty() {
        Json(list.swap_remove(0)).into_response()
    } else {
        Json(list).into_response()
    }
}
