//! The exports beside the reader: the verifier.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::client::items;
use super::object;
use super::sys::Host;
use crate::domain::verify::{VerifiedSnapshot, verify_snapshot};

/// Prints a panic's message before the trap that follows it.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(console_error_panic_hook::hook));
}

/// Verifies all items of a store; `list` is empty, and becomes the list of entries.
#[wasm_bindgen(js_name = verifySnapshot)]
pub fn verify(stored: &Array, host: &Host, list: &JsValue) -> JsValue {
    let items = items(stored);
    let (entries, snapshot) = verify_snapshot(|key| items.get(key).map(|item| item.text.as_ref()));
    object::verdict(host, list, snapshot.as_ref().map(VerifiedSnapshot::manifest), &entries)
}
