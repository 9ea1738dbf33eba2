//! `verifySnapshot`: the verifier over all items of a store. It is not part of the edge entry's Wasm, since no lookup needs
//! it.

use wasm_bindgen::prelude::*;

use super::client::items;
use super::numbers::to_f64;
use super::sys::{StoredItems, Verdicts};
use crate::domain::reason::Reason;
use crate::domain::verify::{EntryVerdict, Status, VerifiedSnapshot, verify_snapshot};

/// Verifies all items of a store, and puts what was `found` into an object with an empty list of entries.
#[wasm_bindgen(js_name = verifySnapshot)]
pub fn verify(stored: &StoredItems, verdicts: &Verdicts, found: &JsValue) {
    let items = items(stored);
    let (entries, snapshot) = verify_snapshot(|key| items.get(key).map(|item| item.text.as_ref()));
    for verdict in &entries {
        entry(verdicts, found, verdict);
    }
    let manifest = snapshot.as_ref().map(VerifiedSnapshot::manifest);
    verdicts.verdict(
        found,
        manifest.map(|manifest| to_f64(manifest.version())),
        manifest.map(|manifest| manifest.updated_at().text()),
        manifest.map(|manifest| manifest.checked_at().text()),
        manifest.map(|manifest| manifest.checksum().text()),
    );
}

fn entry(verdicts: &Verdicts, found: &JsValue, entry: &EntryVerdict) {
    let status = match entry.status {
        Status::Verified => "verified",
        Status::Failed => "failed",
    };
    verdicts.entry(
        found,
        entry.key,
        status,
        entry.reason.map(Reason::code),
        entry.message.as_deref(),
        entry.expected.as_deref(),
        entry.computed.map(|checksum| checksum.text()),
        entry.version.map(to_f64),
        entry.records.map(to_f64),
        entry.bytes.map(to_f64),
    );
}
