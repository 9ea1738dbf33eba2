//! How every endpoint answers in JSON, and says what is wrong.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::sync::shown::escaped_json;

/// JSON that a terminal may show as it is: an answer may repeat what stands in a row, or in the store.
pub struct EscapedJson<T>(pub T);

impl<T: Serialize> IntoResponse for EscapedJson<T> {
    fn into_response(self) -> Response {
        let text = serde_json::to_string(&self.0).unwrap_or_default();
        ([(header::CONTENT_TYPE, "application/json")], escaped_json(&text).into_owned()).into_response()
    }
}

pub type ErrorResponse = (StatusCode, EscapedJson<Value>);

pub fn error(status: StatusCode, code: &str, message: &str) -> ErrorResponse {
    (status, EscapedJson(json!({ "error": { "code": code, "message": message } })))
}
