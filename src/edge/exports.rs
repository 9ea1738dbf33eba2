//! What the package's JavaScript calls beside the reader: the registry and the verifier.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::client::items;
use super::error::EdgeError;
use crate::domain::key::Key;
use crate::domain::verify::{EntryVerdict, VerifiedManifest, verify_snapshot};

/// Makes a panic's message readable before the trap that follows it.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The logical keys of the registry, the manifest first.
#[wasm_bindgen]
pub fn keys() -> Vec<String> {
    Key::ALL.map(|key| key.logical().to_owned()).into()
}

/// The stored key of a logical one.
///
/// # Errors
///
/// `ATLAS_UNKNOWN_KEY`.
#[wasm_bindgen(js_name = storedKey)]
pub fn stored_key(logical: &str) -> Result<String, JsValue> {
    let key = Key::from_logical(logical).ok_or_else(|| EdgeError::UnknownKey { given: logical.to_owned() })?;
    Ok(key.stored().to_owned())
}

/// Verifies all of a store's items.
///
/// # Errors
///
/// None; the signature is that of the serializer.
#[wasm_bindgen(js_name = verifySnapshot)]
pub fn verify(stored: &Array) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Verdict {
        verified: bool,
        version: Option<u64>,
        updated_at: Option<String>,
        checked_at: Option<String>,
        checksum: Option<String>,
        entries: Vec<EntryVerdict>,
    }
    let items = items(stored);
    let (entries, snapshot) = verify_snapshot(|key| items.get(key).map(|item| item.text.as_str()));
    let manifest = snapshot.as_ref().map(|snapshot| &snapshot.manifest);
    to_js(&Verdict {
        verified: manifest.is_some(),
        version: manifest.map(VerifiedManifest::version),
        updated_at: manifest.map(|manifest| manifest.updated_at().to_string()),
        checked_at: manifest.map(|manifest| manifest.checked_at().to_string()),
        checksum: manifest.map(|manifest| manifest.checksum().to_string()),
        entries,
    })
}

/// A value as JavaScript sees it.
pub(super) fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}
