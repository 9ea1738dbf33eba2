//! The store that a request names, as the request sees it: an older state or a damaged value where a fault is switched on.

use super::answer::ApiError;
use super::auth::Writer;
use super::fault::InjectedFault;
use super::live::Loaded;
use super::state::Shared;
use super::tamper;
use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use std::sync::Arc;

/// The store, extracted from a request with the write token.
pub(super) struct Opened(pub(super) Arc<Loaded>);

impl FromRequestParts<Shared> for Opened {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, dev: &Shared) -> Result<Self, ApiError> {
        Writer::from_request_parts(parts, dev).await?;
        let loaded = named(parts, dev).await?;
        Ok(Self(disturbed(parts, dev, loaded).await?))
    }
}

/// The store that the path names. A path without an id means the only one.
pub(super) async fn named(parts: &mut Parts, dev: &Shared) -> Result<Arc<Loaded>, ApiError> {
    #[derive(Deserialize)]
    struct Named {
        id: Option<String>,
    }
    let path: Result<Path<Named>, _> = parts.extract().await;
    let Path(Named { id }) = path.map_err(|rejection| ApiError::bad_request(rejection.body_text()))?;
    let loaded = dev.live.current().await?;
    match id {
        Some(id) if id != loaded.state.id => {
            let message = format!("Could not find the edge config: {id}");
            Err(ApiError::new(StatusCode::NOT_FOUND, "edge_config_not_found", message))
        }
        _ => Ok(loaded),
    }
}

/// The store as the faults that the request met show it.
pub(super) async fn disturbed(parts: &Parts, dev: &Shared, loaded: Arc<Loaded>) -> Result<Arc<Loaded>, ApiError> {
    let faults = parts.extensions.get::<Vec<InjectedFault>>().map_or(&[][..], Vec::as_slice);
    Ok(tamper::apply(faults, &dev.store, loaded).await?)
}
