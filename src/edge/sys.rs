//! The JavaScript that Rust calls, as typed bindings. No logic.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The names in a caller's request (`request.js` of the package).
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

    /// One value of the store (`items.js` of the package).
    pub type StoredItem;

    /// The place of its key in the registry, `Key::ALL`.
    #[wasm_bindgen(method, getter)]
    pub fn place(this: &StoredItem) -> usize;
    /// What is wrong with a manifest's signatures: an empty text if nothing is, undefined if nobody has checked them.
    #[wasm_bindgen(method, getter, js_name = signatureFault)]
    pub fn signature_fault(this: &StoredItem) -> Option<String>;
    /// Whether there is this record, or this member of it.
    #[wasm_bindgen(method)]
    pub fn has(this: &StoredItem, record: &str, member: Option<&str>) -> bool;
    /// A member of a record, if it is a string.
    #[wasm_bindgen(method)]
    pub fn text(this: &StoredItem, record: &str, member: &str) -> Option<String>;
    /// Whether its JSON is that of another item (see `Records::is_same_text`).
    #[wasm_bindgen(method, js_name = isSame)]
    pub fn is_same(this: &StoredItem, judged: &StoredItem, overlaps: bool) -> bool;
    /// Drops its JSON.
    #[wasm_bindgen(method)]
    pub fn forget(this: &StoredItem);
    /// The length of the value's JSON as UTF-8, in bytes.
    #[wasm_bindgen(method, getter)]
    pub fn length(this: &StoredItem) -> u32;
    /// Copies the bytes of the JSON from `at` on, and fills `into`.
    #[wasm_bindgen(method)]
    pub fn read(this: &StoredItem, at: u32, into: &mut [u8]);
    /// Whether its JSON is in canonical form (RFC 8785): it is, if it can be.
    #[wasm_bindgen(method, getter, js_name = isCanonical)]
    pub fn is_canonical(this: &StoredItem) -> bool;
    /// Copies its SHA-256, and returns whether the platform has computed it (see `Envelope::open`).
    #[wasm_bindgen(method)]
    pub fn hashed(this: &StoredItem, into: &mut [u8]) -> bool;

    /// The values that one read of the store brought: a JavaScript array.
    pub type StoredItems;

    /// How many there are.
    #[wasm_bindgen(method, getter)]
    pub fn length(this: &StoredItems) -> u32;
    /// The one at this place.
    #[wasm_bindgen(method, indexing_getter)]
    pub fn get(this: &StoredItems, place: u32) -> StoredItem;

    /// Makes the objects that JavaScript sees (`host.js` of the package), and keeps them for whoever made the call. Building
    /// them there takes one call, from here one for each member.
    pub type Host;

    /// A hit from verified items, and for how long it stays the same (`Standing`). Times are in milliseconds.
    #[wasm_bindgen(method)]
    pub fn hit(
        this: &Host,
        version: f64,
        updated_at: f64,
        checked_at: f64,
        schemas: &JsValue,
        templates: &JsValue,
        plans: &JsValue,
        due_at: f64,
        expires_at: f64,
        manifest: &JsValue,
        number: f64,
        refresh_ms: f64,
        embedded: bool,
        warning_code: Option<&str>,
        warning_message: Option<&str>,
    );

    /// A fallback, with the value of the refresh hint for Paris.
    #[wasm_bindgen(method)]
    pub fn miss(this: &Host, reason: &str, refresh_hint: Option<String>);

    /// Takes a log event.
    #[wasm_bindgen(method)]
    pub fn event(
        this: &Host,
        event: &str,
        level: &str,
        reason: Option<&str>,
        key: Option<&str>,
        version: Option<f64>,
        suppressed: f64,
        message: Option<&str>,
    );

    /// The snapshot's part of the health block. Times are in milliseconds. Members that are undefined become null.
    #[wasm_bindgen(method)]
    pub fn health(
        this: &Host,
        status: &str,
        version: Option<f64>,
        checksum: Option<String>,
        checked_at: Option<f64>,
        now: f64,
    );

    /// A read to make: the members of its ticket, which come back with the answer. `entries` has a bit for each entry to
    /// read beside the manifest, by its place in the registry. A hit that was made in the same call is the answer that the
    /// read runs behind.
    #[wasm_bindgen(method)]
    pub fn read(this: &Host, number: f64, attempt: u8, started_at: f64, entries: u8);

    /// Makes the verdict of `verifySnapshot` (`verdicts.js` of the package).
    pub type Verdicts;

    /// Puts the verdict on a store into `found`; it is verified if it has a version. Members that are undefined become null.
    #[wasm_bindgen(method)]
    pub fn verdict(
        this: &Verdicts,
        found: &JsValue,
        version: Option<f64>,
        updated_at: Option<String>,
        checked_at: Option<String>,
        checksum: Option<String>,
    );

    /// Adds the verdict on one entry to those of `found`.
    #[wasm_bindgen(method)]
    pub fn entry(
        this: &Verdicts,
        found: &JsValue,
        key: &str,
        status: &str,
        reason: Option<&str>,
        message: Option<&str>,
        expected: Option<&str>,
        computed: Option<String>,
        version: Option<f64>,
        records: Option<f64>,
        bytes: Option<f64>,
    );
}
