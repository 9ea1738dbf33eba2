//! The read protocol, as `edge-config.vercel.com` speaks it to the SDK: `/{id}/items`, `/{id}/item/{key}` and
//! `/{id}/digest`, with `ETag` and 304.
//!
//! That a key is missing and that the store is missing are both 404; the first carries `x-edge-config-digest`, and
//! that header is all that the SDK tells them apart by. A 304 repeats it too. The local store is always at its latest
//! state, so a consistent read (`x-edge-config-min-updated-at`) needs nothing more.

use super::answer::{Failure, json_text};
use super::inject::{self, Side};
use super::live::Loaded;
use super::state::Shared;
use super::tamper::Tampering;
use super::{auth, count};
use axum::extract::{Path, Query, State};
use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use serde_json::Value;
use std::sync::Arc;

const DIGEST: HeaderName = HeaderName::from_static("x-edge-config-digest");
const UPDATED_AT: HeaderName = HeaderName::from_static("x-edge-config-updated-at");

type Parameters = Query<Vec<(String, String)>>;

pub(super) fn routes(dev: &Shared) -> Router<Shared> {
    Router::new()
        .route("/{id}/items", get(items))
        .route("/{id}/item/{key}", get(item))
        .route("/{id}/digest", get(digest))
        .route_layer(middleware::from_fn_with_state((Arc::clone(dev), Side::Edge), inject::inject))
        .route_layer(middleware::from_fn_with_state((Arc::clone(dev), Side::Edge), count::count))
}

async fn items(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    Query(parameters): Parameters,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = open(&dev, &id, &parameters, &headers, &tampering).await?;
    let keys: Vec<_> = parameters.iter().filter(|(name, _)| name == "key").map(|(_, key)| key).collect();
    let body = if keys.is_empty() { loaded.items.clone() } else { loaded.state.some_items_json(&keys) };
    Ok(conditional(&loaded, &headers, body))
}

async fn item(
    State(dev): State<Shared>,
    Path((id, key)): Path<(String, String)>,
    Query(parameters): Parameters,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = open(&dev, &id, &parameters, &headers, &tampering).await?;
    Ok(match loaded.state.items.get(&key) {
        Some(item) => conditional(&loaded, &headers, item.value.get().to_owned()),
        None => (identity(&loaded), Failure::no_such_item(&key)).into_response(),
    })
}

async fn digest(
    State(dev): State<Shared>,
    Path(id): Path<String>,
    Query(parameters): Parameters,
    Extension(tampering): Extension<Tampering>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let loaded = open(&dev, &id, &parameters, &headers, &tampering).await?;
    let body = Value::from(loaded.digest.as_str()).to_string();
    Ok(conditional(&loaded, &headers, body))
}

async fn open(
    dev: &Shared,
    id: &str,
    parameters: &[(String, String)],
    headers: &HeaderMap,
    tampering: &Tampering,
) -> Result<Arc<Loaded>, Failure> {
    let parameter = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let loaded = dev.live.current().await?;
    if id != loaded.state.id {
        return Err(Failure::no_such_store(id));
    }
    auth::reader(headers, parameter("token"), &loaded.state.tokens)?;
    match parameter("version") {
        None | Some("1") => Ok(tampering.apply(&dev.store, loaded).await?),
        Some(other) => Err(Failure::bad_request(format!("expected `version=1`, found `version={other}`"))),
    }
}

/// The body, or a 304 to one who has it. The tag is the store's digest: any change of the store changes all tags.
fn conditional(loaded: &Loaded, headers: &HeaderMap, body: String) -> Response {
    let tag = format!("\"{}\"", loaded.digest);
    let known =
        headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| has(list, &tag));
    let head = (identity(loaded), [(ETAG, header(&tag))]);
    if known { (StatusCode::NOT_MODIFIED, head).into_response() } else { (head, json_text(body)).into_response() }
}

/// `If-None-Match`, RFC 9110, section 13.1.2: a list of tags or `*`, compared weakly.
fn has(list: &str, tag: &str) -> bool {
    list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// What every answer says about the store that gave it.
fn identity(loaded: &Loaded) -> [(HeaderName, HeaderValue); 2] {
    [(DIGEST, header(&loaded.digest)), (UPDATED_AT, HeaderValue::from(loaded.state.updated_at))]
}

/// Digests and tags are hexadecimal digits and quotes.
fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
