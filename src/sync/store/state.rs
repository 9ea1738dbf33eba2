//! The state of a local store and how it changes, by Edge Config's rules. Pure: no I/O, and the time is handed in, in
//! milliseconds since the Unix epoch.
//!
//! **Size** is the length in bytes of the compact JSON object of all items, `{"key":value,…}`, so that an empty store has
//! 2, as Vercel's `sizeInBytes` says. The limit reads "1 MB" as the smaller number, 1 000 000.

use super::token::{MAX_LABEL_LENGTH, MAX_TOKENS, StoredToken};
use super::{Json, Operation, OperationKind, StoreError, refusal};
use crate::domain::format::checksum::Checksum;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const LOCAL_ID: &str = "ecfg_local";
const LOCAL_SLUG: &str = "atlas-local";
/// The most that a store may hold, in bytes of the compact JSON object of its items.
pub const MAX_SIZE_IN_BYTES: usize = 1_000_000;
/// The longest key, in characters, which are all ASCII.
const MAX_KEY_LENGTH: usize = 256;
const MAX_BACKUPS: usize = 20;

#[derive(Debug, Clone)]
pub struct State {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
    /// Counts the writes. The state that a write replaces is kept under the number that it had.
    pub(crate) revision: u64,
    pub(crate) items: BTreeMap<String, StoredItem>,
    /// The latest first.
    pub(crate) backups: VecDeque<StoredBackup>,
    /// What all items together have to satisfy. Like the tokens, it belongs to the store, and a backup does not keep it.
    pub(crate) schema: Option<Json>,
    /// The read tokens beside the one that is built in, the oldest first.
    pub(crate) tokens: Vec<StoredToken>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredItem {
    pub(crate) value: Json,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) created_at: u64,
    pub(crate) updated_at: u64,
}

/// An earlier state as a list shows it. Its items are kept in a file of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredBackup {
    /// The name of a file, too.
    #[serde(deserialize_with = "legal_key")]
    pub(crate) id: String,
    pub(crate) updated_at: u64,
    pub(crate) item_count: usize,
    pub(crate) size_in_bytes: usize,
}

impl State {
    pub fn empty(now: u64) -> Self {
        Self {
            id: LOCAL_ID.to_owned(),
            slug: LOCAL_SLUG.to_owned(),
            created_at: now,
            updated_at: now,
            revision: 0,
            items: BTreeMap::new(),
            backups: VecDeque::new(),
            schema: None,
            tokens: Vec::new(),
        }
    }

    /// The state after all of the operations. A request that breaks a rule is refused; one that does not fit what is there
    /// is a conflict.
    pub fn apply(&self, operations: &[Operation], now: u64) -> Result<Self, StoreError> {
        check_request(operations)?;
        let mut items = self.items.clone();
        for operation in operations {
            apply_one(&mut items, operation, now)?;
        }
        self.replaced_by(items, now)
    }

    /// The state with the items of an earlier one. Items that do not change keep their times.
    pub fn restore(&self, earlier: &Self, now: u64) -> Result<Self, StoreError> {
        let mut items = BTreeMap::new();
        for (key, item) in &earlier.items {
            let item = match self.items.get(key) {
                Some(there) if there.value.text() == item.value.text() && there.description == item.description => {
                    there.clone()
                }
                there => StoredItem {
                    value: item.value.clone(),
                    description: item.description.clone(),
                    created_at: there.map_or(now, |item| item.created_at),
                    updated_at: now,
                },
            };
            items.insert(key.clone(), item);
        }
        self.replaced_by(items, now)
    }

    pub(crate) fn backup_id(&self) -> String {
        format!("v{}", self.revision)
    }

    pub(crate) fn is_backup_id(name: &str) -> bool {
        name.strip_prefix('v')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }

    pub(crate) fn kept(&self, id: &str) -> Result<&StoredBackup, StoreError> {
        self.backups.iter().find(|backup| backup.id == id).ok_or_else(|| self.no_backup(id))
    }

    fn no_backup(&self, id: &str) -> StoreError {
        let ids: Vec<_> = self.backups.iter().map(|backup| backup.id.as_str()).collect();
        let kept = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
        let message = format!("expected the id of a backup that is kept ({kept}), found `{id}`");
        StoreError::refused(refusal::BACKUP_NOT_FOUND, message)
    }

    /// All items as one compact JSON object, in the order of their keys.
    pub fn items_json(&self) -> String {
        self.json_of(|_| true)
    }

    pub(crate) fn json_of(&self, wanted: impl Fn(&String) -> bool) -> String {
        let items: BTreeMap<_, _> =
            self.items.iter().filter(|(key, _)| wanted(key)).map(|(key, item)| (key, &item.value)).collect();
        serde_json::to_string(&items).unwrap_or_default()
    }

    pub(crate) fn digest(&self) -> String {
        digest(&self.items_json())
    }

    fn replaced_by(&self, items: BTreeMap<String, StoredItem>, now: u64) -> Result<Self, StoreError> {
        let mut next = Self { items, updated_at: now, revision: self.revision + 1, ..self.clone() };
        if self.revision > 0 {
            next.backups.push_front(StoredBackup {
                id: self.backup_id(),
                updated_at: self.updated_at,
                item_count: self.items.len(),
                size_in_bytes: self.items_json().len(),
            });
            next.backups.truncate(MAX_BACKUPS);
        }
        check_size(&next)?;
        next.check_against_schema()?;
        Ok(next)
    }
}

/// The digest of a store's items: SHA-256 of [`State::items_json`], in hexadecimal.
pub fn digest(items_json: &str) -> String {
    Checksum::of(items_json.as_bytes()).to_string().replace("sha256:", "")
}

impl State {
    pub(crate) fn with_token(&self, token: StoredToken) -> Result<Self, StoreError> {
        let refused = |message| Err(StoreError::refused(refusal::BAD_REQUEST, message));
        let length = token.label.chars().count();
        if length > MAX_LABEL_LENGTH {
            return refused(format!("expected a label of at most {MAX_LABEL_LENGTH} characters, found {length}"));
        }
        if self.tokens.len() >= MAX_TOKENS {
            return refused(format!("expected at most {MAX_TOKENS} tokens, found one more; delete some"));
        }
        let mut next = self.clone();
        next.tokens.push(token);
        Ok(next)
    }

    /// The state without these tokens, each named by its id or by the token itself. Unknown names are ignored.
    pub(crate) fn without_tokens(&self, named: &[String]) -> Self {
        let mut next = self.clone();
        next.tokens.retain(|token| !named.contains(&token.id) && !named.contains(&token.token));
        next
    }
}

/// Whether Edge Config takes this as a key: `^[\w-]+$` with ASCII's `\w`, at most `MAX_KEY_LENGTH` characters.
pub fn check_key(key: &str) -> Result<(), String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if key.is_empty() || !key.bytes().all(legal) {
        return Err(format!("expected a key of ASCII letters, digits, `_` and `-`, found {key:?}"));
    }
    if key.len() > MAX_KEY_LENGTH {
        return Err(format!("expected a key of at most {MAX_KEY_LENGTH} characters, found {}: {key:?}", key.len()));
    }
    Ok(())
}

pub(crate) fn legal_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let key = String::deserialize(deserializer)?;
    check_key(&key).map_err(D::Error::custom)?;
    Ok(key)
}

fn check_request(operations: &[Operation]) -> Result<(), StoreError> {
    let refused = |message: String| StoreError::refused(refusal::BAD_REQUEST, message);
    if operations.is_empty() {
        return Err(refused("expected at least one operation, found none".to_owned()));
    }
    let mut keys = BTreeSet::new();
    for operation in operations {
        let key = &operation.key;
        check_key(key).and_then(|()| operation.check()).map_err(refused)?;
        if !keys.insert(key) {
            return Err(refused(format!("expected each key once in a request, found `{key}` twice")));
        }
        if let Some(value) = &operation.value {
            let unreadable = |error| refused(format!("expected a value that can be read for `{key}`, found {error}"));
            value.parsed().map_err(unreadable)?;
        }
    }
    Ok(())
}

fn apply_one(items: &mut BTreeMap<String, StoredItem>, operation: &Operation, now: u64) -> Result<(), StoreError> {
    let Operation { kind, key, value, description } = operation;
    let there = items.get(key);
    let fits = match kind {
        OperationKind::Create => there.is_none(),
        OperationKind::Update | OperationKind::Delete => there.is_some(),
        OperationKind::Upsert => true,
    };
    if !fits {
        return Err(StoreError::Conflict { operation: *kind, key: key.clone() });
    }
    if *kind == OperationKind::Delete {
        items.remove(key);
        return Ok(());
    }
    let created_at = there.map_or(now, |item| item.created_at);
    let value = value.as_ref().map(Json::compact);
    let Some(value) = value.or_else(|| there.map(|item| item.value.clone())) else {
        let message = format!("expected a `value` for `{kind}` of `{key}`, which is not in the store, found none");
        return Err(StoreError::refused(refusal::BAD_REQUEST, message));
    };
    let description = description.clone().unwrap_or_else(|| there.and_then(|item| item.description.clone()));
    items.insert(key.clone(), StoredItem { value, description, created_at, updated_at: now });
    Ok(())
}

fn check_size(state: &State) -> Result<(), StoreError> {
    let size = state.items_json().len();
    if size > MAX_SIZE_IN_BYTES {
        let message = format!("expected a store of at most {MAX_SIZE_IN_BYTES} bytes after the write, found {size}");
        return Err(StoreError::refused(refusal::TOO_LARGE, message));
    }
    Ok(())
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
