//! State files, as somebody may have edited or damaged them: one that is read is written and read again unchanged, and
//! writing it loses nothing of what was in it.
#![no_main]

use std::collections::BTreeMap;

use atlas::sync::store::fuzzing::{parse, print};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    if let Ok(state) = parse(data) {
        let printed = print(&state);
        let again = parse(printed.as_bytes()).unwrap_or_else(|error| panic!("{error}: {printed}"));
        assert_eq!(print(&again), printed);
        // What is nested too deeply for a `Value` is kept as text, and an object may be written as a list of its members.
        if let (Ok(read), Ok(written)) = (serde_json::from_slice(data), serde_json::from_str(&printed))
            && has_names(&read)
        {
            assert_eq!(kept(&read), kept(&written), "{printed}");
        }
    }
});

/// All that a state file says: the store itself, its items by key, and its backups. A member that is `null` says nothing.
fn kept(file: &Value) -> (Vec<&Value>, BTreeMap<&str, Vec<&Value>>, Vec<Vec<&Value>>) {
    let store = members(file, &["id", "slug", "createdAt", "updatedAt", "revision", "schema"]);
    let item = |item| members(item, &["value", "description", "createdAt", "updatedAt"]);
    let items = list(file, "items").map(|one| (one["key"].as_str().unwrap_or_default(), item(one)));
    let backups = list(file, "backups").map(|one| members(one, &["id", "updatedAt", "itemCount", "sizeInBytes"]));
    (store, items.collect(), backups.collect())
}

fn has_names(file: &Value) -> bool {
    file.is_object() && list(file, "items").chain(list(file, "backups")).all(Value::is_object)
}

fn list<'a>(file: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    file[name].as_array().into_iter().flatten()
}

fn members<'a>(object: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    names.iter().map(|name| &object[*name]).collect()
}
