//! The options of a reader: parsed once, with every limit in one table.

use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;

use super::error::EdgeError;
use crate::domain::decision::Signature;
use crate::domain::reader::Options;

/// The options of one reader.
pub struct EdgeOptions {
    /// What the domain knows.
    pub reader: Options,
    /// How long a lookup waits for the store, in milliseconds.
    pub timeout_ms: u32,
    /// How long a request's data may take in all, in milliseconds.
    pub budget_ms: u32,
}

/// Parses the options.
pub fn parse(options: &JsValue) -> Result<EdgeOptions, EdgeError> {
    let given = |name| Reflect::get(options, &JsValue::from_str(name)).unwrap_or_default();
    let number = |name, least, most, default| number(name, &given(name), least, most, default);
    let signature = match given("publicKey") {
        key if key.is_undefined() || key.is_null() => Signature::Unchecked,
        key if key.as_string().is_some_and(|key| !key.is_empty()) => Signature::Required,
        key => {
            let expected = "a public key as text".to_owned();
            return Err(EdgeError::BadOption { name: "publicKey", expected, found: shown(&key) });
        }
    };
    Ok(EdgeOptions {
        reader: Options {
            refresh_ms: number("refreshMs", 0, 3_600_000, 10_000)?.into(),
            max_age_ms: number("maxAgeMs", 1, 604_800_000, 46_800_000)?.into(),
            log_window_ms: number("logWindowMs", 0, 86_400_000, 60_000)?.into(),
            signature,
        },
        timeout_ms: number("timeoutMs", 1, 5_000, 50)?,
        budget_ms: number("budgetMs", 1, 60_000, 5_000)?,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
fn number(name: &'static str, value: &JsValue, least: u32, most: u32, default: u32) -> Result<u32, EdgeError> {
    if value.is_undefined() || value.is_null() {
        return Ok(default);
    }
    match value.as_f64() {
        Some(ms) if ms.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&ms) => Ok(ms as u32),
        _ => Err(EdgeError::BadOption {
            name,
            expected: format!("a whole number of milliseconds from {least} to {most}"),
            found: shown(value),
        }),
    }
}

/// A value as an error shows it.
fn shown(value: &JsValue) -> String {
    let text = JSON::stringify(value).ok().and_then(|text| text.as_string());
    text.map_or_else(|| "something that is no number".to_owned(), |text| text.chars().take(80).collect())
}
