//! Both sides of every limit.

use std::collections::BTreeMap;

use super::*;
use crate::domain::format::canonical::to_canonical;
use crate::domain::time::Timestamp;
use crate::sync::content::{Payload, Payloads};
use crate::sync::plan::{PlanPolicy, plan};
use crate::sync::store::{Item, Operation};
use serde_json::{Value, json};

/// So many plans, and the schemas that are given.
fn payloads(plans: u64, schemas: Value) -> Payloads {
    let plan = json!({ "branding": { "enforced": true }, "features": {}, "limits": {} });
    let plans: serde_json::Map<_, _> = (0..plans).map(|number| (format!("plan{number}"), plan.clone())).collect();
    let versions =
        schemas.as_object().unwrap().values().map(|versions| versions.as_object().unwrap().len() as u64).sum();
    let payload = |records, payload: Value| Payload { text: to_canonical(&payload).unwrap(), records };
    BTreeMap::from([
        (EntryKey::PlanHints, payload(plans.len() as u64, plans.into())),
        (EntryKey::WidgetSchemas, payload(versions, schemas)),
        (EntryKey::WidgetTemplates, payload(0, json!({}))),
    ])
}

fn planned(payloads: &Payloads, stored: &Stored) -> Plan {
    let policy = PlanPolicy::heartbeat(0);
    plan(payloads, stored, Timestamp::EPOCH, &policy).unwrap()
}

/// A store that holds these.
fn published(payloads: &Payloads) -> Stored {
    let operations = planned(payloads, &Stored::of(Vec::new())).operations;
    let item = |operation: &Operation| Some(Item { key: operation.key.clone(), value: operation.value.clone()? });
    let stored = Stored::of(operations.iter().filter_map(item).collect());
    assert!(stored.snapshot.is_some(), "{:?}", stored.verdicts);
    stored
}

fn check(before: &Payloads, after: &Payloads, rules: &Protection) -> Result<Vec<String>, Vec<Refusal>> {
    let stored = published(before);
    protect(&planned(after, &stored), &stored, &[], rules)
}

fn refuse() -> Protection {
    Protection::default()
}

#[test]
fn thirty_percent_of_the_records_may_go_and_not_one_more() {
    for (before, after, passes) in
        [(10, 7, true), (10, 6, false), (100, 70, true), (100, 69, false), (1000, 700, true), (1000, 699, false)]
    {
        let result = check(&payloads(before, json!({})), &payloads(after, json!({})), &refuse());
        assert_eq!(result.is_ok(), passes, "{before} to {after}: {result:?}");
    }
    let all = check(&payloads(3, json!({})), &payloads(0, json!({})), &refuse()).unwrap_err();
    assert!(
        all.len() == 1 && all[0].message.contains("of the 3 published records to be gone, found 3 gone"),
        "{all:?}"
    );
}

#[test]
fn the_records_that_are_gone_are_counted_over_the_whole_snapshot_and_named_with_the_flag() {
    let schemas = json!({ "faq": { "1": { "schema": {} } } });
    // Of four records one schema and no plan, then one schema and one plan.
    assert!(check(&payloads(3, schemas.clone()), &payloads(3, json!({})), &refuse()).is_ok());
    let refusals = check(&payloads(3, schemas), &payloads(2, json!({})), &refuse()).unwrap_err();
    let text = refusals[0].message.clone();
    for part in ["30 %", "of the 4 published records", "found 2 gone", "plan2", "faq@1", "--allow-shrink"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_renamed_record_is_gone_and_an_added_one_makes_up_for_nothing() {
    let mut after = payloads(10, json!({}));
    let plans = after.get_mut(&EntryKey::PlanHints).unwrap();
    // Those that are renamed stay the first, so the form stays canonical.
    for number in 0..4 {
        plans.text = plans.text.replace(&format!("\"plan{number}\""), &format!("\"plam{number}\""));
    }
    assert!(check(&payloads(10, json!({})), &after, &refuse()).is_err());
}

#[test]
fn a_schema_version_that_changes_in_place_is_refused_and_a_new_one_is_not() {
    let before = json!({ "faq": { "1": { "schema": { "type": "object" } } } });
    let added = json!({ "faq": { "1": { "schema": { "type": "object" } }, "2": { "schema": {} } } });
    let changed = json!({ "faq": { "1": { "schema": { "type": "string" } } } });
    assert!(check(&payloads(9, before.clone()), &payloads(9, added), &refuse()).is_ok());
    let refusals = check(&payloads(9, before.clone()), &payloads(9, changed.clone()), &refuse()).unwrap_err();
    assert_eq!(refusals[0].code, "schema_changed_in_place");
    let text = refusals[0].message.clone();
    assert!(text.contains("faq@1") && text.contains("--allow-schema-change"), "{text}");

    let allowed = Protection { schema_change: Guarded::DangerAllow, ..refuse() };
    let warnings = check(&payloads(9, before), &payloads(9, changed), &allowed).unwrap();
    assert!(warnings[0].contains("allowed by a flag") && warnings[0].contains("faq@1"), "{warnings:?}");
}

#[test]
fn a_flag_allows_what_it_names_and_nothing_else() {
    let (before, after) = (payloads(10, json!({})), payloads(6, json!({})));
    assert!(check(&before, &after, &Protection { schema_change: Guarded::DangerAllow, ..refuse() }).is_err());
    assert!(check(&before, &after, &Protection { shrink: Guarded::DangerAllow, ..refuse() }).is_ok());
}

#[test]
fn a_snapshot_may_have_exactly_the_bytes_that_are_allowed() {
    let content = payloads(3, json!({}));
    let stored = published(&content);
    let plan = planned(&content, &stored);
    let with = |max_bytes| protect(&plan, &stored, &[], &Protection { max_bytes, ..refuse() });
    assert!(with(plan.bytes() + 1).is_ok());
    assert!(with(plan.bytes()).is_ok());
    let refusals = with(plan.bytes() - 1).unwrap_err();
    assert_eq!(refusals[0].code, "snapshot_too_large");
    let text = refusals[0].message.clone();
    for key in EntryKey::ALL {
        let bytes = plan.snapshot.entry(key).unwrap().summary().bytes.to_string();
        assert!(text.contains(key.logical()) && text.contains(&bytes), "{text}");
    }
    assert!(text.contains("--max-bytes"), "{text}");
}

#[test]
fn it_warns_from_eighty_percent() {
    for (bytes, warns) in [(799_999, false), (800_000, true), (800_001, true), (1_000_000, true)] {
        assert_eq!(nearly_full(bytes, 1_000_000).is_some(), warns, "{bytes}");
    }
}

#[test]
fn everything_that_is_refused_is_told_at_once() {
    let before = payloads(9, json!({ "faq": { "1": { "schema": {} } } }));
    let after = payloads(1, json!({ "faq": { "1": { "schema": { "type": "string" } } } }));
    let codes: Vec<_> = check(&before, &after, &Protection { max_bytes: 10, ..refuse() })
        .unwrap_err()
        .iter()
        .map(|refusal| refusal.code)
        .collect();
    assert_eq!(codes, ["schema_changed_in_place", "too_many_records_gone", "snapshot_too_large"]);
}

#[test]
fn where_nothing_verified_stands_nothing_can_be_lost() {
    let empty = Stored::of(Vec::new());
    assert!(protect(&planned(&payloads(1, json!({})), &empty), &empty, &[], &refuse()).is_ok());
}

#[test]
fn a_refusal_shows_the_beginning_of_a_long_name() {
    let name = "x".repeat(10_000);
    let schemas = |schema: Value| json!({ &name: { &name: { "schema": schema } } });
    let (before, after) = (payloads(0, schemas(json!({}))), payloads(0, schemas(json!({ "type": "object" }))));
    let refusals = check(&before, &after, &refuse()).unwrap_err();
    assert!(refusals[0].message.contains('…') && refusals[0].message.len() < 1_000, "{}", refusals[0].message);
}
