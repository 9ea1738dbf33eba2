//! The text of the state file: one JSON document with each item and the record of each backup on a line of its own, so that a
//! damaged byte can be named by its line and its item. Read with nothing taken on trust: what is wrong is told with
//! its place, and never repaired in passing.

use super::state::{State, StoredBackup, StoredItem, check_key, legal_key};
use super::token::StoredToken;
use super::{StoreError, raw};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::path::Path;

const FORMAT: u32 = 2;

pub fn print(state: &State) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let mut out = format!(
        "{{\n\"format\":{FORMAT},\n\"id\":{},\n\"slug\":{},\n\"createdAt\":{},\n\"updatedAt\":{},\n\"revision\":{},\n",
        text(&state.id),
        text(&state.slug),
        state.created_at,
        state.updated_at,
        state.revision
    );
    let items = state.items.iter().map(|(key, item)| {
        let StoredItem { value, description, created_at, updated_at } = item;
        let description = description.as_deref().map_or(String::new(), |it| format!(",\"description\":{}", text(it)));
        let key = text(key);
        format!(
            "{{\"key\":{key},\"value\":{value}{description},\"createdAt\":{created_at},\"updatedAt\":{updated_at}}}"
        )
    });
    push_lines(&mut out, "items", items);
    out.push_str(",\n");
    let backups = state.backups.iter().map(|backup| serde_json::to_string(backup).unwrap_or_default());
    push_lines(&mut out, "backups", backups);
    if let Some(schema) = &state.schema {
        // Writing to a string cannot fail.
        let _ = write!(out, ",\n\"schema\":{schema}");
    }
    if !state.tokens.is_empty() {
        out.push_str(",\n");
        let tokens = state.tokens.iter().map(|StoredToken { id, token, label, created_at }| {
            let (id, token, label) = (text(id), text(token), text(label));
            format!("{{\"id\":{id},\"token\":{token},\"label\":{label},\"createdAt\":{created_at}}}")
        });
        push_lines(&mut out, "tokens", tokens);
    }
    out.push_str("\n}\n");
    out
}

pub fn parse(bytes: &[u8], path: &Path) -> Result<State, StoreError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = place_of(bytes, error.valid_up_to());
        unreadable(bytes, path, line, column, "expected UTF-8, found a byte that is not".to_owned())
    })?;
    let form: Form = serde_json::from_str(text)
        .map_err(|error| unreadable(bytes, path, error.line(), error.column(), raw::without_place(&error)))?;
    let Form { format: (), id, slug, created_at, updated_at, revision, items, backups, schema, tokens } = form;
    let items = by_key(items, bytes, path)?;
    let schema = schema.as_deref().map(raw::compact);
    let tokens = tokens.into_iter().map(|TokenForm { id, token, label, created_at }| StoredToken {
        id,
        token,
        label,
        created_at,
    });
    Ok(State { id, slug, created_at, updated_at, revision, items, backups, schema, tokens: tokens.collect() })
}

fn by_key(list: Vec<ItemForm>, bytes: &[u8], path: &Path) -> Result<BTreeMap<String, StoredItem>, StoreError> {
    let mut items = BTreeMap::new();
    for ItemForm { key, value, description, created_at, updated_at } in list {
        if items.contains_key(&key) {
            let with_key = |line: &[u8]| key_of(line).as_ref() == Some(&key);
            let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| with_key(line));
            let line = lines.map(|(index, _)| index + 1).nth(1).unwrap_or(0);
            let message = format!("expected each key once, found `{key}` twice");
            return Err(unreadable(bytes, path, line, 0, message));
        }
        items.insert(key, StoredItem { value, description, created_at, updated_at });
    }
    Ok(items)
}

fn push_lines(out: &mut String, name: &str, lines: impl Iterator<Item = String>) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\"{name}\":[");
    for (index, line) in lines.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&line);
    }
    out.push_str("\n]");
}

fn unreadable(bytes: &[u8], path: &Path, line: usize, column: usize, message: String) -> StoreError {
    let text = line.checked_sub(1).and_then(|index| bytes.split(|byte| *byte == b'\n').nth(index));
    StoreError::Unreadable { place: path.display().to_string(), line, column, key: text.and_then(key_of), message }
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
    id: String,
    slug: String,
    created_at: u64,
    updated_at: u64,
    revision: u64,
    items: Vec<ItemForm>,
    backups: VecDeque<StoredBackup>,
    #[serde(default)]
    schema: Option<Box<RawValue>>,
    #[serde(default)]
    tokens: Vec<TokenForm>,
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        FORMAT => Ok(()),
        other => Err(D::Error::custom(format!(
            "expected format {FORMAT}, found {other}; remove the file, and the next sync makes it anew"
        ))),
    }
}

/// Checks stand at the fields and not behind them: the parser adds the place of the field to an error from there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemForm {
    #[serde(deserialize_with = "legal_key")]
    key: String,
    #[serde(deserialize_with = "readable_value")]
    value: Box<RawValue>,
    #[serde(default)]
    description: Option<String>,
    created_at: u64,
    updated_at: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenForm {
    id: String,
    token: String,
    label: String,
    created_at: u64,
}

fn readable_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<RawValue>, D::Error> {
    let value = Box::<RawValue>::deserialize(deserializer)?;
    raw::check(&value).map_err(|error| D::Error::custom(format!("in the value: {error}")))?;
    Ok(raw::compact(&value))
}

#[cfg(test)]
#[path = "state_file_tests.rs"]
mod tests;
