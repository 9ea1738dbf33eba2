//! What Vercel's own `@vercel/sdk` is answered otherwise than the rest. It is generated from Vercel's reference, which
//! in three places describes another answer than clients of the API parse (Terraform's provider among them): one object
//! where there is a list of stores or of tokens, and always an object for a schema. The SDK checks each answer against
//! the reference and throws what differs, so it is given what it takes.

use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// Whether the request is one of `@vercel/sdk`, as its `User-Agent` says.
pub(super) fn asks(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).is_some_and(|agent| agent.contains("@vercel/sdk"))
}

/// A list, of which the SDK gets the first; it has one.
pub(super) fn list(headers: &HeaderMap, mut list: Vec<Value>) -> Response {
    if asks(headers) && !list.is_empty() {
        Json(list.swap_remove(0)).into_response()
    } else {
        Json(list).into_response()
    }
}
