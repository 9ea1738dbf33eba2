//! Sealing a snapshot: from payloads to sealed entries and a manifest. The same payloads, version and time always give
//! the same bytes.
//!
//! A sealed snapshot is not proof: a writer runs the reader's verifier over it before it publishes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::checksum::Checksum;
use super::envelope::{FORMAT, seal};
use crate::domain::key::{EntryKey, EntryMap, Key};
use crate::domain::time::Timestamp;
use crate::domain::verify::EntrySummary;

/// A sealed envelope: canonical JSON text with its checksum in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its own checksum.
    pub checksum: Checksum,
    /// The canonical text, in UTF-8.
    pub text: String,
}

/// Seals an entry with a payload in canonical form.
#[must_use]
pub fn seal_entry(key: EntryKey, payload: &str, version: u64, updated_at: Timestamp) -> Sealed {
    // The members in canonical order. `checksum` sorts first, so the text that is hashed follows it as it stands.
    let key = key.logical();
    let head = format!(r#""format":{FORMAT},"key":"{key}","payload":"#);
    let tail = format!(r#","updatedAt":"{updated_at}","version":{version}}}"#);
    let checksum = Checksum::of_parts(&[b"{", head.as_bytes(), payload.as_bytes(), tail.as_bytes()]);
    Sealed { checksum, text: [&format!(r#"{{"checksum":"{checksum}","#), &head, payload, &tail].concat() }
}

/// The members of a manifest beside its entries.
#[derive(Debug, Clone)]
pub struct ManifestHead {
    /// The snapshot's number.
    pub version: u64,
    /// When the snapshot last changed.
    pub updated_at: Timestamp,
    /// When a sync last confirmed it.
    pub checked_at: Timestamp,
    /// `atlas-sync/` and the crate's version.
    pub writer: String,
    /// The hold that keeps a sync from publishing, if there is one. Readers ignore it.
    pub hold: Option<Value>,
}

/// Seals a manifest over its entries.
///
/// # Errors
///
/// If the hold cannot be written as canonical JSON.
pub fn seal_manifest(head_of: &ManifestHead, entries: &EntryMap<EntrySummary>) -> Result<Sealed, serde_json::Error> {
    let mut envelope = head(head_of);
    let entries: BTreeMap<_, _> = entries.iter().map(|(key, summary)| (key.logical(), summary)).collect();
    envelope.insert("entries".to_owned(), serde_json::to_value(entries)?);
    seal(envelope).map(|(checksum, text)| Sealed { checksum, text })
}

fn head(head: &ManifestHead) -> Map<String, Value> {
    let hold = head.hold.iter().map(|hold| ("hold".to_owned(), hold.clone()));
    let members = [
        ("format".to_owned(), json!(FORMAT)),
        ("key".to_owned(), json!(Key::Manifest.logical())),
        ("version".to_owned(), json!(head.version)),
        ("updatedAt".to_owned(), json!(head.updated_at.to_string())),
        ("checkedAt".to_owned(), json!(head.checked_at.to_string())),
        ("writer".to_owned(), json!(head.writer)),
    ];
    members.into_iter().chain(hold).collect()
}
