//! What the package's JavaScript names itself, so that a runtime without Wasm can still name it, is what Rust names.

use atlas::domain::key::Key;
use atlas::domain::reason::Reason;

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
fn the_reasons_that_the_types_name_are_those_of_the_domain_in_their_order() {
    let types = include_str!("../../pkg-template/index.d.ts");
    let union = types.split_once("type FallbackReason =").and_then(|(_, rest)| rest.split_once(';')).unwrap().0;
    let named: Vec<_> = union.split('"').skip(1).step_by(2).collect();
    let reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(named, reasons);
}
