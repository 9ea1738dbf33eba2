//! The JavaScript that Rust calls, as typed bindings. No logic.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The client of `@vercel/edge-config` or `@vercel/global-config`, as far as Atlas uses it.
    pub type EdgeConfigClient;

    /// Reads these stored keys with one request; gives a promise of an object by stored key.
    #[wasm_bindgen(method, catch, js_name = getAll)]
    pub fn get_all(this: &EdgeConfigClient, keys: &Array) -> Result<JsValue, JsValue>;

    /// What a lookup asks for: the names in a caller's request, `pkg-template/request.js`.
    pub type Asked;

    /// The instance's widget type.
    #[wasm_bindgen(method, getter, js_name = widgetType)]
    pub fn widget_type(this: &Asked) -> Option<String>;
    /// The instance's template.
    #[wasm_bindgen(method, getter, js_name = templateId)]
    pub fn template_id(this: &Asked) -> Option<String>;
    /// The instance's schema version.
    #[wasm_bindgen(method, getter, js_name = schemaVersion)]
    pub fn schema_version(this: &Asked) -> Option<String>;
    /// The owner's plan.
    #[wasm_bindgen(method, getter)]
    pub fn plan(this: &Asked) -> Option<String>;

    /// One value of the store, as `pkg-template/items.js` takes it from an answer.
    pub type StoredItem;

    /// The stored key.
    #[wasm_bindgen(method, getter)]
    pub fn key(this: &StoredItem) -> String;
    /// What is kept of it, once it is verified: an entry's value, or the manifest's with its JSON.
    #[wasm_bindgen(method, getter)]
    pub fn kept(this: &StoredItem) -> JsValue;
    /// The length of the value's JSON as UTF-8, in bytes.
    #[wasm_bindgen(method, getter)]
    pub fn length(this: &StoredItem) -> u32;
    /// Copies the JSON's bytes from `at` on, as many as there is room for.
    #[wasm_bindgen(method)]
    pub fn read(this: &StoredItem, at: u32, into: &mut [u8]);
    /// Its hash, if the platform has made it (see `Envelope::open`).
    #[wasm_bindgen(method, getter)]
    pub fn hashed(this: &StoredItem) -> Option<Uint8Array>;

    /// What makes the objects that JavaScript sees: `pkg-template/host.js`. Building them there costs one call,
    /// building them from here one for each member.
    pub type Host;

    /// A hit, from what was asked and the verified values of the store. It stays the same until `until`; when the
    /// manifest was read again and is the same, until `expires`.
    #[wasm_bindgen(method, catch)]
    pub fn hit(
        this: &Host,
        asked: &Asked,
        manifest: &JsValue,
        schemas: &JsValue,
        templates: &JsValue,
        plans: &JsValue,
        until: f64,
        expires: f64,
        warning_code: Option<&str>,
        warning_message: Option<&str>,
    ) -> Result<JsValue, JsValue>;

    /// A fallback, with the values of the headers for Paris.
    #[wasm_bindgen(method)]
    pub fn miss(this: &Host, reason: &str, refresh_hint: Option<String>, stats: Option<String>) -> JsValue;

    /// A read to make, of these stored keys, and the numbers to hand back with the answer. `hit` is the answer that
    /// it is made behind, or undefined if a lookup waits for it.
    #[wasm_bindgen(method)]
    pub fn read(this: &Host, keys: Array, ticket: Vec<f64>, hit: JsValue) -> JsValue;
}
