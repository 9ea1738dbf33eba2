//! From what the SDK's client returns to what the domain reads: values by key, each with its JSON text.

use wasm_bindgen::prelude::*;

use super::sys::{StoredItem, StoredItems};
use crate::domain::decide::decision::Signature;
use crate::domain::format::checksum::Checksum;
use crate::domain::format::envelope::NOT_CANONICAL;
use crate::domain::json::window::Text;
use crate::domain::key::{EntryMap, Key};
use crate::domain::read::step::{Item, Items};

/// Atlas's values among the items of a store.
pub fn items(stored: &StoredItems) -> Items<JsValue> {
    let mut items = Items { manifest: None, signature: Signature::default(), entries: EntryMap::default() };
    for stored in (0..stored.length()).map(|place| stored.get(place)) {
        match Key::ALL.get(stored.place()) {
            Some(Key::Manifest) => {
                items.signature = signature(&stored);
                items.manifest = Some(item(stored));
            }
            Some(Key::Entry(key)) => items.entries.insert(*key, item(stored)),
            None => {}
        }
    }
    items
}

fn signature(manifest: &StoredItem) -> Signature {
    match manifest.signature_fault() {
        None => Signature::Unchecked,
        Some(fault) if fault.is_empty() => Signature::Valid,
        Some(fault) => Signature::Invalid(fault),
    }
}

fn item(stored: StoredItem) -> Item<JsValue> {
    let mut hash = [0; 32];
    let hashed = stored.hashed(&mut hash).then(|| Checksum::from_bytes(hash));
    Item { value: JsValue::from(&stored), hashed, text: Box::new(StoredText(stored)) }
}

/// The JSON of a stored value. It stays in JavaScript, and is copied from there one window at a time.
struct StoredText(StoredItem);

impl Text for StoredText {
    fn length(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        // The length of a JavaScript string fits into 32 bits.
        if let Ok(at) = u32::try_from(at) {
            self.0.read(at, into);
        }
    }

    /// JavaScript has put it into that form, if there is one.
    fn canonical(&self) -> Result<Option<Box<dyn Text>>, String> {
        if self.0.is_canonical() { Ok(None) } else { Err(NOT_CANONICAL.to_owned()) }
    }
}
