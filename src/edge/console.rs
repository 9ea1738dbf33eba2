//! Where log events go unless the caller takes them: one JSON line each, at the console's level of the same name.

use js_sys::{JSON, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::console;

/// Writes a log event to the console.
#[wasm_bindgen(js_name = logToConsole)]
pub fn log_to_console(event: &JsValue) {
    let line = JSON::stringify(event).map_or_else(|_| JsValue::from_str("an event that is no JSON"), JsValue::from);
    let level = Reflect::get(event, &"level".into()).ok().and_then(|level| level.as_string());
    match level.as_deref() {
        Some("error") => console::error_1(&line),
        Some("warn") => console::warn_1(&line),
        _ => console::info_1(&line),
    }
}
