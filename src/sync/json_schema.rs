//! JSON Schema: a `$ref` to another document is never fetched, so it is an error.

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::shown::{excerpt, one_line};

/// How much of an explanation is shown, in characters: it quotes the values that it is about.
const MOST_SHOWN: usize = 200;

pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options().offline().build(schema).map_err(|error| explain(&error))
}

pub(crate) fn check(validator: &Validator, value: &Value) -> Result<(), String> {
    validator.validate(value).map_err(|error| explain(&error))
}

/// `at /items: [] has less than 1 item`; the place is a JSON Pointer (RFC 6901), and absent for the whole.
fn explain(error: &ValidationError<'_>) -> String {
    let message = error.to_string();
    let message = match message.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
        None => message,
    };
    let place = match error.instance_path().as_str() {
        "" => String::new(),
        path => format!("at {}: ", excerpt(path)),
    };
    format!("{place}{}", one_line(&message))
}
