//! The verifier against serde_json and an independent canonicaliser. The input is a payload, sealed by the reference as an
//! entry of a manifest; and the same text as it stands, as a manifest and as an entry.
#![no_main]

use atlas::domain::json::window::{Text, Window};
use atlas::domain::key::EntryKey;
use atlas::domain::verify::{VerifiedManifest, verify_entry, verify_manifest};
use atlas_fuzz::{choice, reference};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = choice(data) else { return };
    let key = EntryKey::ALL[choice % EntryKey::ALL.len()];
    as_it_stands(text);
    let Ok(payload) = serde_json::from_str::<Value>(text) else { return };
    if reference::is_plain(&payload) {
        passes_over(&serde_jcs::to_string(&payload).unwrap());
        sealed(key, payload);
    }
});

/// A manifest that is accepted has the checksum that the reference computes.
fn as_it_stands(text: &str) {
    if let Ok(manifest) = verify_manifest(&text) {
        let value: Value = serde_json::from_str(text).expect("a manifest that serde_json does not parse");
        let members = value.as_object().expect("a manifest that is no object");
        let expected = reference::checksum_of_envelope(members, &["checksum", "signatures"]);
        assert_eq!(Some(manifest.checksum().to_string()), expected);
        assert_eq!(value["version"].as_f64(), Some(manifest.version() as f64));
        for key in EntryKey::ALL {
            let _ = verify_entry(key, &text, None, &manifest);
        }
    }
}

/// Whatever is written in canonical form, which is all that is verified, is skipped to its end.
fn passes_over(text: &str) {
    let mut window = Window::new(&text);
    window.skip().expect("a value in canonical form");
    assert_eq!(window.place().at, text.len());
}

/// A sealed entry is accepted if, and only if, its payload has the right shape, however it is written.
fn sealed(key: EntryKey, payload: Value) {
    let records = reference::records(key, &payload);
    let Some(entry) = reference::entry(key, payload) else { return };
    let Some(manifest) = reference::manifest(key, &entry, records.unwrap_or(0)) else { return };
    let (canonical, loose) = (serde_jcs::to_string(&entry).unwrap(), serde_json::to_string_pretty(&entry).unwrap());
    let manifest: VerifiedManifest =
        verify_manifest(&serde_json::to_string(&manifest).unwrap()).expect("a manifest that the reference sealed");
    for text in [canonical, loose] {
        let text: &dyn Text = &text;
        let verdict = verify_entry(key, text, None, &manifest);
        assert_eq!(verdict.as_ref().ok().map(|entry| entry.summary().records), records, "{verdict:?}");
    }
}
