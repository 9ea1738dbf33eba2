//! How every endpoint says what is wrong.

use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};

pub type Failure = (StatusCode, Json<Value>);

pub fn error(status: StatusCode, code: &str, message: &str) -> Failure {
    (status, Json(json!({ "error": { "code": code, "message": message } })))
}
