//! The native side of the differential test: reads stores from standard input, one a line, as an object of texts by
//! stored key, and prints the verdict on each, as an object of reasons by logical key. `differential.test.mjs` drives it.

#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use atlas::sync::plan::Stored;
use atlas::sync::store::{Item, Json};

#[test]
#[ignore = "answers tests/differential/differential.test.mjs, which compares it with two others"]
fn verdicts_on_standard_input() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let store: BTreeMap<String, String> = serde_json::from_str(&line.unwrap()).unwrap();
        let items = store.into_iter().map(|(key, text)| Item { key, value: Json::from_text(text).unwrap() }).collect();
        let verdicts = Stored::of(items).verdicts;
        let told: BTreeMap<_, _> = verdicts
            .iter()
            .map(|verdict| (verdict.key, verdict.reason.map_or("verified", |reason| reason.code())))
            .collect();
        writeln!(out, "verdicts {}", serde_json::to_string(&told).unwrap()).unwrap();
        out.flush().unwrap();
    }
}
