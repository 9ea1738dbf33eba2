//! What a run changes, record by record. Pure.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::canonical::to_canonical;
use crate::domain::key::EntryKey;

/// How many records a run adds, changes and removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// New records.
    pub added: usize,
    /// Records that differ.
    pub changed: usize,
    /// Records that are gone.
    pub removed: usize,
}

/// What happens to one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is new.
    Added,
    /// It differs.
    Changed,
    /// It is gone.
    Removed,
}

/// One record that differs between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordChange {
    /// The logical key of its entry.
    pub key: &'static str,
    /// Its name: a template id, `type@version`, or a plan id.
    pub record: String,
    /// What happens to it.
    pub change: Change,
}

/// Compares two payloads of one entry; a payload that is not there has no records.
#[must_use]
pub fn compare(key: EntryKey, before: Option<&Value>, after: Option<&Value>) -> Vec<RecordChange> {
    let (before, after) = (records(key, before), records(key, after));
    let change = |record: &String, change| RecordChange { key: key.logical(), record: record.clone(), change };
    let removed = before.keys().filter(|name| !after.contains_key(*name)).map(|name| change(name, Change::Removed));
    let present = after.iter().filter_map(|(name, value)| match before.get(name) {
        None => Some(change(name, Change::Added)),
        Some(old) if differ(old, value) => Some(change(name, Change::Changed)),
        Some(_) => None,
    });
    let mut changes: Vec<_> = removed.chain(present).collect();
    changes.sort_by(|a, b| a.record.cmp(&b.record));
    changes
}

/// Counts changes by kind.
#[must_use]
pub fn count(changes: &[RecordChange]) -> Counts {
    let of = |kind| changes.iter().filter(|change| change.change == kind).count();
    Counts { added: of(Change::Added), changed: of(Change::Changed), removed: of(Change::Removed) }
}

/// Whether two values differ in canonical form: `1.0` and `1` do not.
fn differ(a: &Value, b: &Value) -> bool {
    a != b && to_canonical(a).ok() != to_canonical(b).ok()
}

/// The records of a payload by name.
fn records(key: EntryKey, payload: Option<&Value>) -> BTreeMap<String, &Value> {
    let members = payload.and_then(Value::as_object).into_iter().flatten();
    match key {
        EntryKey::WidgetTemplates | EntryKey::PlanHints => members.map(|(name, value)| (name.clone(), value)).collect(),
        EntryKey::WidgetSchemas => members
            .flat_map(|(widget_type, versions)| {
                let versions = versions.as_object().into_iter().flatten();
                versions.map(move |(version, schema)| (format!("{widget_type}@{version}"), schema))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_of_change_is_told_by_record() {
        let before = json!({ "a": { "1": 1, "2": 2 }, "b": { "1": 1 } });
        let after = json!({ "a": { "1": 1, "2": 3 }, "c": { "1": 1 } });
        let changes = compare(EntryKey::WidgetSchemas, Some(&before), Some(&after));
        let told: Vec<_> = changes.iter().map(|change| (change.record.as_str(), change.change)).collect();
        assert_eq!(told, [("a@2", Change::Changed), ("b@1", Change::Removed), ("c@1", Change::Added)]);
        assert_eq!(count(&changes), Counts { added: 1, changed: 1, removed: 1 });
    }

    #[test]
    fn a_payload_that_is_not_there_has_no_records() {
        let payload = json!({ "a": 1 });
        assert_eq!(count(&compare(EntryKey::PlanHints, None, Some(&payload))).added, 1);
        assert_eq!(count(&compare(EntryKey::PlanHints, Some(&payload), None)).removed, 1);
        assert_eq!(compare(EntryKey::PlanHints, Some(&payload), Some(&payload)), []);
        assert_eq!(compare(EntryKey::PlanHints, Some(&payload), Some(&json!({ "a": 1.0 }))), []);
    }
}
