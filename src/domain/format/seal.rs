//! Sealing a snapshot: from payloads to sealed entries and a manifest. The same payloads, version and time always give
//! the same bytes.
//!
//! A sealed snapshot is not proof: a writer runs the reader's verifier over it before it publishes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::canonical::to_canonical;
use super::checksum::Checksum;
use super::envelope::FORMAT;
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
pub fn seal_manifest(head: &ManifestHead, entries: &EntryMap<EntrySummary>) -> Result<Sealed, serde_json::Error> {
    let entries: BTreeMap<_, _> = entries.iter().map(|(key, summary)| (key.logical(), summary)).collect();
    let members = [
        ("format", json!(FORMAT)),
        ("key", json!(Key::Manifest.logical())),
        ("version", json!(head.version)),
        ("updatedAt", json!(head.updated_at.to_string())),
        ("checkedAt", json!(head.checked_at.to_string())),
        ("writer", json!(head.writer)),
        ("entries", serde_json::to_value(entries)?),
    ];
    let mut envelope: BTreeMap<_, _> =
        members.into_iter().chain(head.hold.clone().map(|hold| ("hold", hold))).collect();
    let checksum = Checksum::of(to_canonical(&envelope)?.as_bytes());
    envelope.insert("checksum", json!(checksum.to_string()));
    Ok(Sealed { checksum, text: to_canonical(&envelope)? })
}
