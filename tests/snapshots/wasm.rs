//! The fixtures, in Wasm: through the exports that the npm package calls, on values that `JSON.parse` made.

use std::collections::BTreeMap;

use atlas::domain::key::Key;
use atlas::domain::time::Timestamp;
use atlas::edge::reader::EdgeReader;
use atlas::edge::sys::{Asked, Host, StoredItems, Verdicts};
use atlas::edge::verify::verify;
use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use super::fixture::{FIXTURES, Fixture, MOST_READS, Outcome};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(module = "/pkg-template/lib/host.js")]
extern "C" {
    /// The package's own host, which makes the objects that callers see.
    #[wasm_bindgen(thread_local_v2, js_name = host)]
    static HOST: JsValue;

    /// What the last call has made.
    #[wasm_bindgen(js_name = takeMade)]
    fn take_made() -> JsValue;
}

#[wasm_bindgen(module = "/pkg-template/lib/verdicts.js")]
extern "C" {
    /// The package's own verdicts.
    #[wasm_bindgen(thread_local_v2, js_name = verdicts)]
    static VERDICTS: JsValue;
}

#[wasm_bindgen(module = "/pkg-template/lib/items.js")]
extern "C" {
    /// The package's own way from an answer to what the Wasm takes.
    #[wasm_bindgen(js_name = itemsOf)]
    fn items_of(answer: &JsValue, keys: &js_sys::Array) -> StoredItems;
}

/// The values of Atlas's keys, as the package hands them over.
fn taken(answer: &JsValue) -> StoredItems {
    items_of(answer, &Key::ALL.map(|key| JsValue::from_str(key.stored())).into_iter().collect())
}

#[wasm_bindgen_test]
fn every_fixture_gives_what_it_expects() {
    for (name, text) in FIXTURES {
        let fixture = Fixture::parse(text);
        let items = get(&JSON::parse(text).unwrap(), "items");
        let outcome = Outcome { entries: verdicts(&items), ..decision(&fixture, &items) };
        assert_eq!(outcome, Outcome::from(fixture.expect), "{name}");
    }
}

/// A byte in a hundred of a real snapshot's entries; the native test does every bit.
#[wasm_bindgen_test]
fn a_flipped_byte_is_found_and_named_with_both_checksums() {
    let whole = FIXTURES.iter().find(|(name, _)| *name == "whole").unwrap().1;
    let mut flips = 0;
    for stored in ["atlas_v1_manifest", "atlas_v1_planHints", "atlas_v1_widgetSchemas", "atlas_v1_widgetTemplates"] {
        let items = get(&JSON::parse(whole).unwrap(), "items");
        let original = JSON::stringify(&get(&items, stored)).unwrap().as_string().unwrap();
        for at in (0..original.len()).step_by(17) {
            let mut bytes = original.clone().into_bytes();
            bytes[at] ^= 1;
            let Some(value) = String::from_utf8(bytes).ok().and_then(|text| JSON::parse(&text).ok()) else { continue };
            Reflect::set(&items, &stored.into(), &value).unwrap();
            let verdict = verdict(&items);
            assert_eq!(get(&verdict, "verified"), JsValue::FALSE, "{stored}, byte {at}");
            let entries: js_sys::Array = get(&verdict, "entries").unchecked_into();
            let key = JsValue::from_str(&stored.replace('_', ":"));
            let named = entries.iter().find(|entry| get(entry, "key") == key).unwrap();
            assert_eq!(get(&named, "status"), JsValue::from_str("failed"), "{stored}, byte {at}");
            if stored != "atlas_v1_manifest" {
                assert!(get(&named, "expected").is_string() && get(&named, "computed").is_string());
                assert_ne!(get(&named, "expected"), get(&named, "computed"));
            }
            flips += 1;
        }
    }
    assert!(flips > 200, "{flips}");
}

fn verdict(items: &JsValue) -> JsValue {
    let found = Object::new();
    Reflect::set(&found, &"entries".into(), &js_sys::Array::new()).unwrap();
    verify(&taken(items), &verdicts_host(), &found);
    found.into()
}

fn verdicts(items: &JsValue) -> BTreeMap<String, String> {
    let entries: js_sys::Array = get(&verdict(items), "entries").unchecked_into();
    let told = entries.iter().map(|entry| {
        let name = get(&entry, "key").as_string().unwrap().trim_start_matches("atlas:v1:").to_owned();
        (name, get(&entry, "reason").as_string().unwrap_or_else(|| "verified".to_owned()))
    });
    told.collect()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds stay far below 2^53")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the reader made these from bytes")]
fn decision(fixture: &Fixture, items: &JsValue) -> Outcome {
    let now = Timestamp::parse(&fixture.now).unwrap().as_millis() as f64;
    let mut reader = cold();
    let asked = &fixture.lookup;
    let names = Object::new();
    for (name, value) in [
        ("widgetType", &asked.widget_type),
        ("templateId", &asked.template_id),
        ("schemaVersion", &asked.schema_version),
        ("plan", &asked.plan),
    ] {
        Reflect::set(&names, &name.into(), &value.clone().into()).unwrap();
    }
    let (has_template, has_plan) = (asked.template_id.is_some(), asked.plan.is_some());
    let asked: &Asked = names.unchecked_ref();
    reader.begin(asked, has_template, has_plan, false, false, now);
    let mut step = take_made();
    let mut reads = 0;
    while let Ok(ticket) = get(&step, "ticket").dyn_into::<js_sys::Array>() {
        reads += 1;
        assert!(reads <= MOST_READS, "a lookup that does not end");
        let ticket: Vec<f64> = ticket.iter().filter_map(|member| member.as_f64()).collect();
        let &[number, attempt, started_at, entries] = ticket.as_slice() else { panic!("a ticket of {ticket:?}") };
        let (attempt, entries) = (attempt as u8, entries as u8);
        reader.receive(asked, number, attempt, started_at, entries, Some(taken(items)), None, now);
        step = take_made();
    }
    let warning = get(&step, "warning");
    Outcome {
        decision: get(&step, "reason").as_string().unwrap_or_else(|| "hit".to_owned()),
        warning: if warning.is_object() { get(&warning, "code").as_string() } else { None },
        entries: BTreeMap::new(),
    }
}

fn cold() -> EdgeReader {
    EdgeReader::new(10_000, 46_800_000, 60_000, false, 0, 0.0, 0.0, host())
}

fn verdicts_host() -> Verdicts {
    VERDICTS.with(|verdicts| verdicts.clone().unchecked_into())
}

fn host() -> Host {
    HOST.with(|host| host.clone().unchecked_into())
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}
