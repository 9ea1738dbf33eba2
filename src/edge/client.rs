//! The SDK's client, and what it brings, as the domain wants it: values by key, each with its JSON text.

use js_sys::{Array, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use super::sys::EdgeConfigClient;
use crate::domain::exchange::{Item, Items};
use crate::domain::key::{EntryKey, EntryMap, Key};

/// Starts one `getAll`. An SDK that throws at once gives a rejected promise, as one that fails later.
pub fn get_all(client: &EdgeConfigClient, keys: &Array) -> Promise {
    match client.get_all(keys) {
        Ok(answer) => Promise::resolve(&answer),
        Err(error) => Promise::reject(&error),
    }
}

/// The stored names of some keys, as `getAll` takes them.
pub fn stored_names(keys: impl Iterator<Item = Key>) -> Array {
    keys.map(|key| JsValue::from_str(key.stored())).collect()
}

/// Atlas's values among the items of a store. Anything that is not an object of JSON values has none.
pub fn items(answer: &JsValue) -> Items<JsValue> {
    let mut entries = EntryMap::default();
    for key in EntryKey::ALL {
        if let Some(item) = item(answer, Key::Entry(key)) {
            entries.insert(key, item);
        }
    }
    Items { manifest: item(answer, Key::Manifest), entries }
}

fn item(answer: &JsValue, key: Key) -> Option<Item<JsValue>> {
    let name = JsValue::from_str(key.stored());
    // Only own members count: an answer is data, whatever its prototype says.
    let own = answer.is_object() && Object::has_own(answer.unchecked_ref::<Object>(), &name);
    if !own {
        return None;
    }
    let value = Reflect::get(answer, &name).ok().filter(|value| !value.is_undefined())?;
    // What JSON cannot write (a BigInt, a cycle) never came from a store; it is told apart as text that is no JSON.
    let text = JSON::stringify(&value).ok().and_then(|text| text.as_string()).unwrap_or_default();
    Some(Item { text, value })
}
