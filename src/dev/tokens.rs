//! The read tokens of the store, as the management API lists, makes and deletes them. The one in the connection string
//! that `dev` prints is built in, and stays.

use super::answer::ApiError;
use super::auth::READ_TOKEN;
use super::body::Body;
use super::opened::Opened;
use super::sdk;
use super::state::{STORE_ID, Shared};
use crate::sync::store::StoredToken;
use crate::sync::store::state::State as StoreState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Wanted {
    label: String,
}

/// The body of a `DELETE`: either list, or both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unwanted {
    #[serde(default)]
    ids: Vec<String>,
    #[serde(default)]
    tokens: Vec<String>,
}

pub(super) async fn list(Opened(loaded): Opened, headers: HeaderMap) -> Response {
    sdk::list(&headers, all(&loaded.state).map(|token| shown(&token)).collect())
}

pub(super) async fn show(
    Opened(loaded): Opened,
    Path((_, token)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let found = all(&loaded.state).find(|kept| kept.token == token);
    let message = "Could not find the edge config token";
    let missing = || ApiError::new(StatusCode::NOT_FOUND, "edge_config_token_not_found", message);
    found.map(|token| Json(shown(&token))).ok_or_else(missing)
}

pub(super) async fn create(
    State(dev): State<Shared>,
    _: Opened,
    Body(Wanted { label }): Body<Wanted>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let made = move |state: &StoreState, now| state.with_token(StoredToken::new(&label, now));
    let (_, after) = dev.store.change(made).await?;
    let token = after.tokens.last().ok_or_else(|| ApiError::bad_request("the token was not kept"))?;
    tracing::info!(id = token.id, "a token was made");
    Ok((StatusCode::CREATED, Json(json!({ "id": token.id, "token": token.token }))))
}

pub(super) async fn delete(
    State(dev): State<Shared>,
    _: Opened,
    Body(Unwanted { ids, tokens }): Body<Unwanted>,
) -> Result<StatusCode, ApiError> {
    let named = [ids, tokens].concat();
    if named.is_empty() {
        return Err(ApiError::bad_request("expected at least one token or id, found none"));
    }
    if named.iter().any(|name| name == READ_TOKEN) {
        let message = format!("expected a token that was made here, found `{READ_TOKEN}`, which is built in");
        return Err(ApiError::forbidden(message));
    }
    dev.store.change(move |state, _| Ok(state.without_tokens(&named))).await?;
    tracing::info!("tokens were deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// The token that is built in, then those that were made, the oldest first.
fn all(state: &StoreState) -> impl Iterator<Item = StoredToken> {
    let built_in = StoredToken {
        id: READ_TOKEN.to_owned(),
        token: READ_TOKEN.to_owned(),
        label: "built in".to_owned(),
        created_at: state.created_at,
    };
    std::iter::once(built_in).chain(state.tokens.iter().cloned())
}

fn shown(token: &StoredToken) -> Value {
    let StoredToken { id, token, label, created_at } = token;
    let partial: String = token.chars().take(3).chain("********".chars()).collect();
    json!({
        "id": id,
        "token": token,
        "partialToken": partial,
        "label": label,
        "edgeConfigId": STORE_ID,
        "createdAt": created_at,
    })
}
