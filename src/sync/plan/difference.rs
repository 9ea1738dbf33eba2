//! The difference between two snapshots, record by record. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::json::error::JsonError;
use crate::domain::json::scanner::Scanner;
use crate::domain::json::strings::unescape;
use crate::domain::key::EntryKey;
use crate::sync::content::RecordName;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Changed,
    Removed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordChange {
    pub key: &'static str,
    /// A template id, `type@version`, or a plan id.
    pub record: String,
    pub change: Change,
}

/// The records of a payload by name, each in canonical form.
pub type RecordTexts<'a> = BTreeMap<RecordName, &'a str>;

pub fn compare(key: EntryKey, before: &RecordTexts<'_>, after: &RecordTexts<'_>) -> Vec<RecordChange> {
    let change = |record: &RecordName, change| RecordChange { key: key.logical(), record: record.to_string(), change };
    let removed = before.keys().filter(|name| !after.contains_key(*name)).map(|name| change(name, Change::Removed));
    let present = after.iter().filter_map(|(name, text)| match before.get(name) {
        None => Some(change(name, Change::Added)),
        Some(old) if old != text => Some(change(name, Change::Changed)),
        Some(_) => None,
    });
    let mut changes: Vec<_> = removed.chain(present).collect();
    changes.sort_by(|a, b| a.record.cmp(&b.record));
    changes
}

pub fn count(changes: &[RecordChange]) -> Counts {
    let of = |kind| changes.iter().filter(|change| change.change == kind).count();
    Counts { added: of(Change::Added), changed: of(Change::Changed), removed: of(Change::Removed) }
}

/// The records of a payload in canonical form, in which equal records have the same text.
pub fn records(key: EntryKey, payload: &str) -> RecordTexts<'_> {
    let mut records = RecordTexts::new();
    // Every payload is an object: it was built here, or verified.
    let _ = Scanner::new(payload).object(&mut |scanner, name| match key {
        EntryKey::WidgetTemplates => {
            records.insert(RecordName::Template(text(name)), record(scanner)?);
            Ok(())
        }
        EntryKey::PlanHints => {
            records.insert(RecordName::Plan(text(name)), record(scanner)?);
            Ok(())
        }
        EntryKey::WidgetSchemas => scanner.object(&mut |scanner, version| {
            records.insert(RecordName::Schema { widget_type: text(name), version: text(version) }, record(scanner)?);
            Ok(())
        }),
    });
    records
}

fn text(name: &[u8]) -> String {
    unescape(name).unwrap_or_default()
}

fn record<'a>(scanner: &mut Scanner<'a>) -> Result<&'a str, JsonError> {
    // A part of a text, cut at ASCII.
    scanner.skip().map(|record| std::str::from_utf8(record).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_change_is_told_by_record() {
        let before = records(EntryKey::WidgetSchemas, r#"{"a":{"1":1,"2":2},"b":{"1":1}}"#);
        let after = records(EntryKey::WidgetSchemas, r#"{"a":{"1":1,"2":3},"c":{"1":1}}"#);
        let changes = compare(EntryKey::WidgetSchemas, &before, &after);
        let told: Vec<_> = changes.iter().map(|change| (change.record.as_str(), change.change)).collect();
        assert_eq!(told, [("a@2", Change::Changed), ("b@1", Change::Removed), ("c@1", Change::Added)]);
        assert_eq!(count(&changes), Counts { added: 1, changed: 1, removed: 1 });
    }

    #[test]
    fn records_whose_parts_join_to_one_text_are_two() {
        let before = records(EntryKey::WidgetSchemas, r#"{"a":{"b@c":1},"a@b":{"c":2}}"#);
        assert_eq!(before.len(), 2);
        for (after, counts) in [
            (r#"{"a":{"b@c":9},"a@b":{"c":2}}"#, Counts { added: 0, changed: 1, removed: 0 }),
            (r#"{"a":{"b@c":1},"a@b":{"c":9}}"#, Counts { added: 0, changed: 1, removed: 0 }),
            (r#"{"a":{"b@c":1}}"#, Counts { added: 0, changed: 0, removed: 1 }),
        ] {
            let changes = compare(EntryKey::WidgetSchemas, &before, &records(EntryKey::WidgetSchemas, after));
            assert_eq!(count(&changes), counts, "{after}");
        }
    }

    #[test]
    fn a_payload_that_is_not_there_has_no_records() {
        let (none, one) = (RecordTexts::new(), records(EntryKey::PlanHints, r#"{"a":{"b":[1]}}"#));
        assert_eq!(count(&compare(EntryKey::PlanHints, &none, &one)).added, 1);
        assert_eq!(count(&compare(EntryKey::PlanHints, &one, &none)).removed, 1);
        assert_eq!(compare(EntryKey::PlanHints, &one, &one), []);
    }
}
