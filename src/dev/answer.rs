//! What the server answers with: JSON, and Vercel's error body `{"error":{"code":…,"message":…}}`.

use crate::sync::store::{OperationKind, StoreError, refusal};
use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug, Clone)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, refusal::BAD_REQUEST, message)
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub(super) fn no_such_item(key: &str) -> Self {
        let message = format!("Could not find the edge config item: {key}");
        Self::new(StatusCode::NOT_FOUND, "edge_config_item_not_found", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        (self.status, Json(body)).into_response()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        let (status, code) = match error {
            StoreError::Conflict { operation: OperationKind::Create, .. } => (StatusCode::CONFLICT, "conflict"),
            StoreError::Conflict { key, .. } => return Self::no_such_item(&key),
            StoreError::Refused { code, message } => return refused(&code, message),
            StoreError::BadBackup { .. } => return refused(refusal::BACKUP_NOT_FOUND, message),
            StoreError::Unreadable { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "state_unreadable"),
            StoreError::Io { .. }
            | StoreError::Remote(_)
            | StoreError::Late { .. }
            | StoreError::NoTimeLeft { .. }
            | StoreError::Behind { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "state_unavailable"),
        };
        if status.is_server_error() {
            tracing::error!(code, error = message, "the state file cannot be used");
        }
        Self::new(status, code, message)
    }
}

fn refused(code: &str, message: String) -> ApiError {
    match code {
        refusal::TOO_LARGE => ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, refusal::TOO_LARGE, message),
        refusal::BACKUP_NOT_FOUND => ApiError::new(StatusCode::NOT_FOUND, refusal::BACKUP_NOT_FOUND, message),
        _ => ApiError::bad_request(message),
    }
}

pub(super) fn json_text(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], text).into_response()
}

pub(super) async fn no_such_path(method: Method, uri: Uri) -> ApiError {
    let message = format!("expected a path that is listed at `/`, found `{method} {}`", uri.path());
    ApiError::new(StatusCode::NOT_FOUND, "not_found", message)
}

pub(super) async fn no_such_method(method: Method, uri: Uri) -> ApiError {
    let message = format!("expected another method for `{}`, found `{method}`", uri.path());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}
