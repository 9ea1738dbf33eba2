//! The JavaScript that Rust calls, as typed bindings. No logic.

use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The client of `@vercel/edge-config` or `@vercel/global-config`, as far as Atlas uses it.
    pub type EdgeConfigClient;

    /// Reads these stored keys with one request; gives a promise of an object by stored key.
    #[wasm_bindgen(method, catch, js_name = getAll)]
    pub fn get_all(this: &EdgeConfigClient, keys: &Array) -> Result<JsValue, JsValue>;

    /// What makes the objects that callers see: `pkg-template/host.js`. Building them there costs one call, building
    /// them from here one for each member.
    pub type Host;

    /// A hit, from the request and the verified values of the store.
    #[wasm_bindgen(method, catch)]
    pub fn hit(
        this: &Host,
        request: &JsValue,
        manifest: &JsValue,
        schemas: &JsValue,
        templates: &JsValue,
        plans: &JsValue,
        age_ms: f64,
        warning: &JsValue,
    ) -> Result<JsValue, JsValue>;

    /// A fallback.
    #[wasm_bindgen(method)]
    pub fn miss(this: &Host, reason: &str, refresh_hint: Option<String>) -> JsValue;

    /// A read that the lookup waits for: the stored keys, and the numbers to hand back with the answer.
    #[wasm_bindgen(method)]
    pub fn read(this: &Host, keys: Array, ticket: Vec<f64>) -> JsValue;
}
