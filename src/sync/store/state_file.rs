//! The text of the state file: one JSON document with each item and each backup on a line of its own, so that damage can be
//! reported with its line and its item. Nothing in it is trusted, and damage is never silently repaired.

use super::Json;
use super::error::Damage;
use super::json::without_place;
use super::state::{LOCAL_ID, State, StoredBackup, StoredItem, check_key, legal_key};
use super::token::StoredToken;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};

const FORMAT: u32 = 2;

/// More writes than any disk takes.
const MOST_REVISIONS: u64 = 1_000_000_000_000;

pub fn print(state: &State) -> String {
    let State { id, slug, created_at, updated_at, revision, items, backups, schema, tokens } = state;
    let members = [
        ("format", json!(FORMAT)),
        ("id", json!(id)),
        ("slug", json!(slug)),
        ("createdAt", json!(created_at)),
        ("updatedAt", json!(updated_at)),
        ("revision", json!(revision)),
    ];
    let mut members: Vec<_> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    members.push(list("items", items.iter().map(|(key, item)| ItemLine { key, item })));
    members.push(list("backups", backups.iter()));
    members.extend(schema.as_ref().map(|schema| format!("\"schema\":{}", schema.text())));
    if !tokens.is_empty() {
        members.push(list("tokens", tokens.iter()));
    }
    format!("{{\n{}\n}}\n", members.join(",\n"))
}

#[derive(Serialize)]
struct ItemLine<'a> {
    key: &'a str,
    #[serde(flatten)]
    item: &'a StoredItem,
}

/// A list with each element on a line of its own.
fn list(name: &str, elements: impl Iterator<Item = impl Serialize>) -> String {
    let lines: Vec<_> = elements.map(|element| serde_json::to_string(&element).unwrap_or_default()).collect();
    let begin = if lines.is_empty() { "" } else { "\n" };
    format!("\"{name}\":[{begin}{}\n]", lines.join(",\n"))
}

pub fn parse(bytes: &[u8]) -> Result<State, Damage> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = place_of(bytes, error.valid_up_to());
        damage(bytes, line, column, "expected UTF-8, found a byte that is not".to_owned())
    })?;
    let form: Form = serde_json::from_str(text)
        .map_err(|error| damage(bytes, error.line(), error.column(), without_place(&error)))?;
    let Form { format: (), id, slug, created_at, updated_at, revision, items, backups, schema, tokens } = form;
    let items = by_key(items, bytes)?;
    let schema = schema.as_ref().map(Json::compact);
    Ok(State { id, slug, created_at, updated_at, revision, items, backups, schema, tokens })
}

fn by_key(list: Vec<ItemForm>, bytes: &[u8]) -> Result<BTreeMap<String, StoredItem>, Damage> {
    let mut items = BTreeMap::new();
    for ItemForm { key, value, description, created_at, updated_at } in list {
        if items.contains_key(&key) {
            let with_key = |line: &[u8]| key_of(line).as_ref() == Some(&key);
            let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| with_key(line));
            let line = lines.map(|(index, _)| index + 1).nth(1).unwrap_or(0);
            let message = format!("expected each key once, found `{key}` twice");
            return Err(damage(bytes, line, 0, message));
        }
        items.insert(key, StoredItem { value, description, created_at, updated_at });
    }
    Ok(items)
}

fn damage(bytes: &[u8], line: usize, column: usize, message: String) -> Damage {
    let text = line.checked_sub(1).and_then(|index| bytes.split(|byte| *byte == b'\n').nth(index));
    Damage { line, column, key: text.and_then(key_of), message }
}

/// The item that a line holds, if its beginning is undamaged.
fn key_of(line: &[u8]) -> Option<String> {
    let rest = line.strip_prefix(b"{\"key\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    let key = std::str::from_utf8(rest.get(..end)?).ok()?;
    check_key(key).is_ok().then(|| key.to_owned())
}

/// Line and column, from 1, of a byte.
fn place_of(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    (line, offset - line_start + 1)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    #[serde(deserialize_with = "known_format", rename = "format")]
    format: (),
    #[serde(deserialize_with = "local_id")]
    id: String,
    slug: String,
    created_at: u64,
    updated_at: u64,
    #[serde(deserialize_with = "countable")]
    revision: u64,
    items: Vec<ItemForm>,
    backups: VecDeque<StoredBackup>,
    #[serde(default)]
    schema: Option<Json>,
    #[serde(default)]
    tokens: Vec<StoredToken>,
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        FORMAT => Ok(()),
        other => Err(D::Error::custom(format!("expected format {FORMAT}, found {other}"))),
    }
}

/// There is one local store, under whose id it is asked.
fn local_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    if id == LOCAL_ID { Ok(id) } else { Err(D::Error::custom(format!("expected the id {LOCAL_ID}, found another"))) }
}

/// Each write adds one.
fn countable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        revision if revision <= MOST_REVISIONS => Ok(revision),
        _ => Err(D::Error::custom(format!("expected a revision of at most {MOST_REVISIONS}, found a higher one"))),
    }
}

/// Each field is checked while it is parsed, so that the parser adds its place to the error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemForm {
    #[serde(deserialize_with = "legal_key")]
    key: String,
    #[serde(deserialize_with = "readable_value")]
    value: Json,
    #[serde(default)]
    description: Option<String>,
    created_at: u64,
    updated_at: u64,
}

fn readable_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
    let value = Json::deserialize(deserializer)?;
    value.parsed().map_err(|error| D::Error::custom(format!("in the value: {error}")))?;
    Ok(value.compact())
}

#[cfg(test)]
#[path = "state_file_tests.rs"]
mod tests;
