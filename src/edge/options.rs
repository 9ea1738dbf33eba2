//! The options of a reader: parsed once, with every limit in one table.

use serde::Deserialize;
use wasm_bindgen::JsValue;

use super::error::EdgeError;
use crate::domain::reader::Options;

/// The options as the caller gave them; functions and the client stay in JavaScript.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Given {
    #[serde(with = "serde_wasm_bindgen::preserve")]
    refresh_ms: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    max_age_ms: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    log_window_ms: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    timeout_ms: JsValue,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    budget_ms: JsValue,
}

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
    let given: Given = serde_wasm_bindgen::from_value(options.clone()).unwrap_or_default();
    Ok(EdgeOptions {
        reader: Options {
            refresh_ms: number("refreshMs", &given.refresh_ms, 0, 3_600_000, 10_000)?.into(),
            max_age_ms: number("maxAgeMs", &given.max_age_ms, 1, 604_800_000, 46_800_000)?.into(),
            log_window_ms: number("logWindowMs", &given.log_window_ms, 0, 86_400_000, 60_000)?.into(),
        },
        timeout_ms: number("timeoutMs", &given.timeout_ms, 1, 5_000, 50)?,
        budget_ms: number("budgetMs", &given.budget_ms, 1, 60_000, 5_000)?,
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
            found: format!("{value:?}").chars().take(80).collect(),
        }),
    }
}
