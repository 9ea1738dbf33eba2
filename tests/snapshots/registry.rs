//! What the package's JavaScript names itself, so that a runtime without Wasm can still name it, is what Rust names.

use std::collections::BTreeSet;

use atlas::domain::decide::route::LONGEST_NAME;
use atlas::domain::key::{EntryKey, Key};
use atlas::domain::reason::Reason;
use atlas::sync::source::Table;

/// The strings of the first array that a file of the package exports under this name.
fn exported<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("export const {name} = Object.freeze([");
    let list = source.split_once(&start).and_then(|(_, rest)| rest.split_once("]);")).map(|(list, _)| list);
    list.unwrap_or_else(|| panic!("no {name} is exported")).split('"').skip(1).step_by(2).collect()
}

#[test]
fn the_keys_of_the_package_are_those_of_the_registry_in_their_order() {
    let keys: Vec<_> = Key::ALL.iter().map(|key| key.logical()).collect();
    assert_eq!(exported(include_str!("../../pkg-template/lib/registry.js"), "KEYS"), keys);
    assert!(Key::ALL.iter().all(|key| key.stored() == key.logical().replace(':', "_")));
}

#[test]
fn the_package_passes_on_names_as_long_as_the_writer_publishes() {
    let request = include_str!("../../pkg-template/lib/request.js");
    assert!(request.contains(&format!("const LONGEST_NAME = {LONGEST_NAME};")), "{request}");
}

/// The logical keys that a file names after `start` and before the next semicolon.
fn keys_after<'a>(source: &'a str, start: &str) -> BTreeSet<&'a str> {
    let (_, rest) = source.split_once(start).unwrap_or_else(|| panic!("expected {start:?} in the file, found none"));
    let list = rest.split(';').next().unwrap_or_default();
    list.split('"').filter(|text| text.starts_with("atlas:v1:")).collect()
}

#[test]
fn the_types_of_both_packages_name_every_key() {
    let keys: BTreeSet<_> = Key::ALL.iter().map(|key| key.logical()).collect();
    for (file, source) in [
        ("pkg-template/index.d.ts", include_str!("../../pkg-template/index.d.ts")),
        ("pkg-template/sync/index.d.ts", include_str!("../../pkg-template/sync/index.d.ts")),
    ] {
        assert_eq!(keys_after(source, "export type AtlasKey ="), keys, "AtlasKey in {file}");
    }
}

#[test]
fn the_inspector_lists_the_records_of_every_entry() {
    let entries: BTreeSet<_> = EntryKey::ALL.iter().map(|key| key.logical()).collect();
    let records = include_str!("../../www/src/data/records.ts");
    assert_eq!(keys_after(records, "export const ENTRY_OF"), entries, "ENTRY_OF in www/src/data/records.ts");
    let view = include_str!("../../www/src/views/records.tsx");
    let filter = view.lines().find(|line| line.starts_with("const KINDS")).unwrap();
    for line in records.lines().filter(|line| line.contains(": \"atlas:v1:")) {
        let kind = line.split(':').next().unwrap_or_default().trim();
        let list = format!("payload(items, \"{kind}\")");
        assert!(records.contains(&list), "expected {list} in www/src/data/records.ts, found none");
        assert!(filter.contains(&format!("{kind}: ")), "expected {kind} in www/src/views/records.tsx, found {filter}");
    }
}

#[test]
fn the_seeds_of_the_fuzzer_choose_keys_by_their_place() {
    let keys: Vec<_> = EntryKey::ALL.iter().map(|key| key.logical().replace("atlas:v1:", "")).collect();
    let seeds = include_str!("../../fuzz/seeds.mjs");
    let list = seeds.split_once("const KEYS = [").and_then(|(_, rest)| rest.split_once("];")).unwrap().0;
    assert_eq!(list.split('"').skip(1).step_by(2).collect::<Vec<_>>(), keys, "KEYS in fuzz/seeds.mjs");
}

#[test]
fn the_benchmark_of_a_sync_knows_every_table() {
    for (file, source) in [
        ("bench.mjs", include_str!("../../benches/sync/bench.mjs")),
        ("node-script.mjs", include_str!("../../benches/sync/node-script.mjs")),
        ("postgres.mjs", include_str!("../../benches/sync/postgres.mjs")),
    ] {
        for table in Table::ALL {
            assert!(source.contains(table.name()), "expected {} in benches/sync/{file}, found none", table.name());
        }
    }
}

#[test]
fn the_reasons_that_the_types_name_are_those_of_the_domain_in_their_order() {
    let types = include_str!("../../pkg-template/index.d.ts");
    let union = types.split_once("type FallbackReason =").and_then(|(_, rest)| rest.split_once(';')).unwrap().0;
    let named: Vec<_> = union.split('"').skip(1).step_by(2).collect();
    let reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(named, reasons);
}
