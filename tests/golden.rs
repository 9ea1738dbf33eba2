//! The golden snapshot, made by a second implementation of the format: the writer must give the same bytes, and
//! the verifier must accept it, and nothing that differs from it in a single bit.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::path::Path;

use atlas::domain::format::canonical::to_canonical;
use atlas::domain::json::window::Text;
use atlas::domain::key::{EntryKey, Key};
use atlas::domain::verify::{Status, verify_entry, verify_manifest, verify_snapshot};
use serde_json::Value;

fn golden() -> BTreeMap<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden/store.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn canonical_texts() -> BTreeMap<String, String> {
    golden().into_iter().map(|(key, value)| (key, to_canonical(&value).unwrap())).collect()
}

#[test]
fn the_golden_snapshot_is_verified() {
    let texts = canonical_texts();
    let (verdicts, snapshot) = verify_snapshot(|key| texts.get(key.stored()).map(|text| text as &dyn Text));
    assert!(verdicts.iter().all(|verdict| verdict.status == Status::Verified), "{verdicts:#?}");
    let snapshot = snapshot.unwrap();
    assert_eq!(snapshot.manifest().version(), 1);
    assert!(EntryKey::ALL.into_iter().all(|key| snapshot.entry(key).is_some()));
}

#[test]
fn an_entry_whose_members_stand_in_another_order_is_verified() {
    let texts = canonical_texts();
    let (_, snapshot) = verify_snapshot(|key| texts.get(key.stored()).map(|text| text as &dyn Text));
    let reordered: BTreeMap<_, _> = texts.into_iter().map(|(key, text)| (key, checksum_last(&text))).collect();
    let (_, again) = verify_snapshot(|key| reordered.get(key.stored()).map(|text| text as &dyn Text));
    assert!(again.is_some());
    assert_eq!(again, snapshot);
}

/// The same envelope with its checksum as the last member, and some white space.
fn checksum_last(text: &str) -> String {
    let Some(start) = text.find("\"checksum\":\"sha256:") else { return text.to_owned() };
    let end = start + "\"checksum\":\"sha256:\"".len() + 64;
    let (member, rest) = (&text[start..end], &text[end + 1..text.len() - 1]);
    format!("{}{rest} , {member}\n}}", &text[..start])
}

#[test]
fn any_flipped_bit_is_found_and_named_with_both_checksums() {
    let texts = canonical_texts();
    let manifest = verify_manifest(&texts[Key::Manifest.stored()]).unwrap();
    let mut flips = 0;
    for key in Key::ALL {
        let original = texts[key.stored()].as_bytes();
        for at in 0..original.len() {
            for bit in 0..8 {
                let mut bytes = original.to_vec();
                bytes[at] ^= 1 << bit;
                // A store holds JSON, which is UTF-8: what is not cannot come back from one.
                let Ok(flipped) = String::from_utf8(bytes) else { continue };
                flips += 1;
                let verified = match key {
                    Key::Manifest => verify_manifest(&flipped).is_ok(),
                    Key::Entry(key) => verify_entry(key, &flipped, None, &manifest).is_ok(),
                };
                assert!(!verified, "{key}, byte {at}, bit {bit}: {flipped}");
                // The report on the whole store, for one bit of each byte.
                if bit == at % 8 {
                    assert_named(key, &flipped, &texts);
                }
            }
        }
    }
    let bytes: usize = Key::ALL.iter().map(|key| texts[key.stored()].len()).sum();
    assert!(flips > 6 * bytes, "{flips} flips of {bytes} bytes");
}

fn assert_named(key: Key, flipped: &String, texts: &BTreeMap<String, String>) {
    let text_of = |wanted: Key| Some(if wanted == key { flipped } else { &texts[wanted.stored()] } as &dyn Text);
    let (verdicts, snapshot) = verify_snapshot(text_of);
    assert!(snapshot.is_none());
    let named = verdicts.iter().find(|verdict| verdict.key == key.logical()).unwrap();
    assert_eq!(named.status, Status::Failed, "{flipped}");
    let computed = named.computed.map(|sum| sum.to_string());
    assert!(computed.is_some());
    // Only a manifest that no longer states a checksum has none to compare with.
    if key != Key::Manifest {
        assert!(named.expected.is_some() && named.expected != computed, "{flipped}");
    }
}
