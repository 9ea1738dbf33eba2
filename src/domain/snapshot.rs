//! Making a snapshot: payloads in, sealed entries and manifest out. The same payloads, version and time always give
//! the same bytes.
//!
//! What is made here is not yet proof: a writer runs the reader's verifier over it before it publishes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::digest::Checksum;
use super::envelope::{FORMAT, seal};
use super::key::{EntryKey, EntryMap, Key};
use super::time::Timestamp;
use super::verify::EntrySummary;

/// A sealed envelope: canonical JSON text with its checksum in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its own checksum.
    pub checksum: Checksum,
    /// The canonical text, in UTF-8.
    pub text: String,
}

/// Seals an entry.
///
/// # Errors
///
/// What the canonical form cannot write; payloads made of JSON values have no such thing.
pub fn seal_entry<P: Serialize>(
    key: EntryKey,
    payload: &P,
    version: u64,
    updated_at: Timestamp,
) -> Result<Sealed, serde_json::Error> {
    let mut envelope = head(Key::Entry(key), version, updated_at);
    envelope.insert("payload".to_owned(), serde_json::to_value(payload)?);
    sealed(envelope)
}

/// What goes into a manifest beside its entries.
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
}

/// Seals a manifest over its entries.
///
/// # Errors
///
/// What the canonical form cannot write; there is no such thing in a manifest.
pub fn seal_manifest(head_of: &ManifestHead, entries: &EntryMap<EntrySummary>) -> Result<Sealed, serde_json::Error> {
    let mut envelope = head(Key::Manifest, head_of.version, head_of.updated_at);
    let entries: BTreeMap<_, _> = entries.iter().map(|(key, summary)| (key.logical(), summary)).collect();
    envelope.insert("checkedAt".to_owned(), json!(head_of.checked_at.to_string()));
    envelope.insert("entries".to_owned(), serde_json::to_value(entries)?);
    envelope.insert("writer".to_owned(), json!(head_of.writer));
    sealed(envelope)
}

fn head(key: Key, version: u64, updated_at: Timestamp) -> Map<String, Value> {
    Map::from_iter([
        ("format".to_owned(), json!(FORMAT)),
        ("key".to_owned(), json!(key.logical())),
        ("version".to_owned(), json!(version)),
        ("updatedAt".to_owned(), json!(updated_at.to_string())),
    ])
}

fn sealed(envelope: Map<String, Value>) -> Result<Sealed, serde_json::Error> {
    seal(envelope).map(|(checksum, text)| Sealed { checksum, text })
}
