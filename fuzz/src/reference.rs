//! The format by serde_json, serde_jcs and the words of the contract.

use atlas::domain::key::EntryKey;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// No deeper than this, so that the limit on depth decides nothing here.
const DEEPEST: usize = 100;

/// SHA-256 of the canonical form, as a checksum is written.
pub fn checksum(value: &Value) -> Option<String> {
    let canonical = serde_jcs::to_string(value).ok()?;
    let digits: String = Sha256::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("sha256:{digits}"))
}

/// The checksum that an envelope must state: of itself without the members that it does not cover.
pub fn checksum_of_envelope(envelope: &Map<String, Value>, uncovered: &[&str]) -> Option<String> {
    let covered: Map<_, _> = envelope
        .iter()
        .filter(|(name, _)| !uncovered.contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    checksum(&Value::Object(covered))
}

/// A sealed entry with this payload.
pub fn entry(key: EntryKey, payload: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut entry) = json!({
        "format": 1, "key": key.logical(), "payload": payload, "updatedAt": "2026-11-22T12:00:00.000Z", "version": 1,
    }) else {
        return None;
    };
    let checksum = checksum_of_envelope(&entry, &[])?;
    entry.insert("checksum".to_owned(), Value::String(checksum));
    Some(entry)
}

/// A sealed manifest that names one entry.
pub fn manifest(key: EntryKey, entry: &Map<String, Value>, records: u64) -> Option<Map<String, Value>> {
    let bytes = serde_jcs::to_string(entry).ok()?.len();
    let Value::Object(mut manifest) = json!({
        "format": 1, "key": "atlas:v1:manifest", "updatedAt": "2026-11-22T12:00:00.000Z", "version": 1,
        "checkedAt": "2026-11-22T12:00:00.000Z", "writer": "fuzz/1",
        "entries": { key.logical(): { "bytes": bytes, "checksum": entry.get("checksum")?, "records": records, "version": 1 } },
    }) else {
        return None;
    };
    let checksum = checksum_of_envelope(&manifest, &[])?;
    manifest.insert("checksum".to_owned(), Value::String(checksum));
    Some(manifest)
}

/// The number of records of a payload of the right shape.
pub fn records(key: EntryKey, payload: &Value) -> Option<u64> {
    let all = payload.as_object()?;
    let count = |records: usize| u64::try_from(records).ok();
    match key {
        EntryKey::WidgetTemplates => all.values().all(is_template).then(|| count(all.len()))?,
        EntryKey::WidgetSchemas => {
            let versions = all.values().map(Value::as_object).collect::<Option<Vec<_>>>()?;
            let is_schema = |version: &Value| version.get("schema").is_some_and(Value::is_object);
            let good = versions.iter().all(|versions| versions.values().all(is_schema));
            good.then(|| count(versions.iter().map(|versions| versions.len()).sum()))?
        }
        EntryKey::PlanHints => all.values().all(is_plan).then(|| count(all.len()))?,
    }
}

fn is_template(template: &Value) -> bool {
    let is = |name: &str, good: fn(&Value) -> bool| template.get(name).is_some_and(good);
    let texts = |value: &Value| value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string));
    ["name", "schemaVersion", "widgetType"].iter().all(|name| is(name, Value::is_string))
        && ["density", "layout", "skin"].iter().all(|name| is(name, |value| value.is_string() || value.is_null()))
        && ["defaults", "descriptor"].iter().all(|name| is(name, Value::is_object))
        && is("premium", Value::is_boolean)
        && template.get("accents").is_some_and(texts)
}

fn is_plan(plan: &Value) -> bool {
    let each = |name: &str, good: fn(&Value) -> bool| {
        plan.get(name).and_then(Value::as_object).is_some_and(|members| members.values().all(good))
    };
    plan.get("branding").and_then(|branding| branding.get("enforced")).is_some_and(Value::is_boolean)
        && plan.get("branding").is_some_and(Value::is_object)
        && each("features", Value::is_boolean)
        && each("limits", is_limit)
}

fn is_limit(limit: &Value) -> bool {
    let is = |name: &str, good: fn(&Value) -> bool| limit.get(name).is_some_and(good);
    limit.is_object()
        && is("enforcement", |value| value.is_string() || value.is_null())
        && is("grace", is_integer_or_null)
        && is("limit", is_integer_or_null)
}

/// A number is the double that JavaScript reads, and an integer if JavaScript calls it a safe one.
fn is_integer_or_null(value: &Value) -> bool {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    value.is_null() || value.as_f64().is_some_and(|number| number.fract() == 0.0 && number.abs() < LIMIT)
}

/// Whether nothing in a value depends on limits that are not the format's.
pub fn is_plain(value: &Value) -> bool {
    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
            Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
            _ => 0,
        }
    }
    depth(value) <= DEEPEST
}
