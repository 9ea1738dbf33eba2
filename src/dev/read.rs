//! The read protocol, as `edge-config.vercel.com` speaks it to the SDK: `/{id}/items`, `/{id}/item/{key}` and
//! `/{id}/digest`, with `ETag` and 304.
//!
//! A missing key and a missing store are both a 404. Only the first carries `x-edge-config-digest`, and that header is
//! how the SDK tells them apart. A 304 carries it too. The local store is always at its latest state, so a consistent
//! read (`x-edge-config-min-updated-at`) needs nothing more.

use super::answer::{ApiError, json_text};
use super::auth::permit_read;
use super::live::Loaded;
use super::opened::{disturbed, named};
use super::parameters::QueryParameters;
use super::state::Shared;
use axum::extract::{FromRequestParts, Path};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{RequestPartsExt, Router};
use serde_json::json;
use std::sync::Arc;

const DIGEST: HeaderName = HeaderName::from_static("x-edge-config-digest");
const UPDATED_AT: HeaderName = HeaderName::from_static("x-edge-config-updated-at");

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/{id}/items", get(items))
        .route("/{id}/item/{key}", get(item))
        .route("/{id}/digest", get(digest))
}

async fn items(view: View) -> Response {
    let body = match &*view.keys {
        [] => view.loaded.items.clone(),
        keys => view.loaded.state.json_of(|key| keys.contains(key)),
    };
    view.answer(body)
}

async fn item(view: View, Path((_, key)): Path<(String, String)>) -> Response {
    match view.loaded.state.items.get(&key) {
        Some(item) => view.answer(item.value.text().to_owned()),
        None => (view.identity(), ApiError::no_such_item(&key)).into_response(),
    }
}

async fn digest(view: View) -> Response {
    view.answer(json!(view.loaded.digest).to_string())
}

/// The store, as a request with a read token sees it.
struct View {
    loaded: Arc<Loaded>,
    tag: String,
    /// Whether the client holds the answer with this tag.
    is_known: bool,
    /// The keys that are asked for, of a request that names some.
    keys: Vec<String>,
}

impl FromRequestParts<Shared> for View {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, dev: &Shared) -> Result<Self, ApiError> {
        let QueryParameters(parameters) = parts.extract::<QueryParameters<Vec<(String, String)>>>().await?;
        let parameter =
            |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let loaded = named(parts, dev).await?;
        permit_read(&parts.headers, parameter("token"), &loaded.state.tokens)?;
        if let Some(other) = parameter("version").filter(|version| *version != "1") {
            return Err(ApiError::bad_request(format!("expected `version=1`, found `version={other}`")));
        }
        let loaded = disturbed(parts, dev, loaded).await?;
        // Any change of the store changes all tags.
        let tag = format!("\"{}\"", loaded.digest);
        let is_known = has_tag(&parts.headers, &tag);
        let keys = parameters.into_iter().filter(|(name, _)| name == "key").map(|(_, key)| key).collect();
        Ok(Self { loaded, tag, is_known, keys })
    }
}

impl View {
    /// The body, or a 304 to a client that has it.
    fn answer(&self, body: String) -> Response {
        let head = (self.identity(), [(ETAG, self.tag.clone())]);
        if self.is_known {
            (StatusCode::NOT_MODIFIED, head).into_response()
        } else {
            (head, json_text(body)).into_response()
        }
    }

    /// What every answer says about the store that gave it.
    fn identity(&self) -> [(HeaderName, String); 2] {
        [(DIGEST, self.loaded.digest.clone()), (UPDATED_AT, self.loaded.state.updated_at.to_string())]
    }
}

/// `If-None-Match`, RFC 9110, section 13.1.2: a list of tags or `*`, compared weakly.
fn has_tag(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}
