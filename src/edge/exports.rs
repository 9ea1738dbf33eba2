//! What the package's JavaScript calls beside the reader: the registry and the verifier.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::client::{items, stored_names};
use super::object;
use crate::domain::key::Key;
use crate::domain::verify::verify_snapshot;

/// Makes a panic's message readable before the trap that follows it.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The logical keys of the registry, the manifest first.
#[wasm_bindgen]
pub fn keys() -> Array {
    Key::ALL.iter().map(|key| JsValue::from_str(key.logical())).collect()
}

/// Their stored keys, in the same order.
#[wasm_bindgen(js_name = storedKeys)]
pub fn stored_keys() -> Array {
    stored_names(Key::ALL.into_iter())
}

/// Verifies all of a store's items.
#[wasm_bindgen(js_name = verifySnapshot)]
pub fn verify(stored: &Array) -> JsValue {
    let items = items(stored);
    let (entries, snapshot) = verify_snapshot(|key| items.get(key).map(|item| item.text.as_ref()));
    object::verdict(snapshot.as_ref().map(|snapshot| &snapshot.manifest), &entries)
}
