//! What the store holds before a run: a verified snapshot, or the traces of one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::hold::Hold;
use super::provenance::{are_different_databases, in_marker};
use crate::domain::format::in_order::is_canonical;
use crate::domain::format::text;
use crate::domain::json::window::Text;
use crate::domain::key::{EntryKey, Key, marked_version};
use crate::domain::time::Timestamp;
use crate::domain::verify::{EntryVerdict, VerifiedSnapshot, verify_snapshot};
use crate::sync::content::{Payload, Payloads};
use crate::sync::signature::{Signatures, SignedManifest};
use crate::sync::store::{Item, Json};

#[derive(Debug, Clone, Default)]
pub struct Stored {
    pub verdicts: Vec<EntryVerdict>,
    pub snapshot: Option<VerifiedSnapshot>,
    /// The payloads of a verified snapshot; empty if it does not verify.
    pub payloads: Payloads,
    /// The highest version that the store has a trace of; 0 if none. It counts even if nothing verifies, so that no
    /// version is ever used twice.
    pub highest_version: u64,
    pub markers: Vec<u64>,
    /// Whether there is anything under the manifest's key, valid or not.
    pub has_manifest: bool,
    pub is_empty: bool,
    /// Whether a job with keys must not build on the snapshot: none of its keys has signed it, or it is earlier than one that
    /// the job has seen. Whoever holds the write token may have put it there.
    pub is_foreign: bool,
    /// Which Michael the last writer read, if its marker says so.
    pub source: Option<String>,
    /// The hold in the verified manifest.
    pub hold: Option<Hold>,
    /// The text of the verified manifest.
    pub manifest: Option<String>,
}

impl Stored {
    /// Verifies the items of a store. Keys that are not Atlas's are ignored.
    pub fn of(items: Vec<Item>) -> Self {
        let markers = markers(&items);
        let latest = items.iter().max_by_key(|item| marked_version(&item.key));
        let source = latest.filter(|item| marked_version(&item.key).is_some());
        let source = source.and_then(|item| in_marker(item.value.text()));
        let mut texts: BTreeMap<Key, String> =
            items.into_iter().filter_map(|item| Some((Key::from_stored(&item.key)?, canonical(item.value)))).collect();
        let (verdicts, snapshot) = verify_snapshot(|key| texts.get(&key).map(|text| text as &dyn Text));
        let stated = texts.get(&Key::Manifest).and_then(|manifest| stated_version(manifest));
        let highest_version = markers.iter().copied().chain(stated).max().unwrap_or(0);
        let payloads = snapshot.as_ref().map_or_else(Payloads::new, |snapshot| payloads(&texts, snapshot));
        let has_manifest = texts.contains_key(&Key::Manifest);
        let is_empty = texts.is_empty() && markers.is_empty();
        let manifest = texts.remove(&Key::Manifest).filter(|_| snapshot.is_some());
        let hold = manifest.as_deref().and_then(Hold::in_manifest);
        let is_foreign = false;
        Self {
            verdicts,
            snapshot,
            payloads,
            highest_version,
            markers,
            has_manifest,
            is_empty,
            is_foreign,
            source,
            hold,
            manifest,
        }
    }

    /// What a job takes from a snapshot that it may not build on: no hold, and versions and times only as far as they can
    /// be true.
    #[must_use]
    pub fn as_foreign(self) -> Self {
        Self { is_foreign: true, hold: None, ..self }
    }

    /// The snapshot whose versions and times a new manifest may keep.
    pub(super) fn base(&self, now: Timestamp) -> Option<&VerifiedSnapshot> {
        self.snapshot.as_ref().filter(|snapshot| !self.is_foreign || can_be_true(snapshot, now))
    }

    /// A store in which this version was written and cannot be trusted: only its number counts.
    pub fn distrusted(version: u64) -> Self {
        Self { highest_version: version, markers: vec![version], has_manifest: true, ..Self::default() }
    }

    pub fn held(&self, now: Timestamp) -> Option<&Hold> {
        self.hold.as_ref().filter(|hold| hold.holds(now))
    }

    pub fn version(&self) -> Option<u64> {
        self.snapshot.as_ref().map(|snapshot| snapshot.manifest().version())
    }

    /// The version that stands, if it was made from another Michael than this one.
    pub fn version_from_another_source(&self, own: Option<&str>) -> Option<u64> {
        self.version().filter(
            |_| matches!((&self.source, own), (Some(theirs), Some(own)) if are_different_databases(theirs, own)),
        )
    }

    /// The verified manifest with its signatures, which are not verified. One that cannot be read as that is there, and
    /// nobody has signed it.
    pub fn signed(&self) -> Option<SignedManifest> {
        self.manifest.as_deref().map(|manifest| SignedManifest::of(manifest).unwrap_or_default())
    }

    pub fn signatures(&self) -> Signatures {
        self.signed().map(|manifest| manifest.signatures().clone()).unwrap_or_default()
    }

    pub fn records(&self) -> u64 {
        let entries = self.snapshot.iter().flat_map(|snapshot| snapshot.manifest().entries());
        entries.map(|(_, summary)| summary.records).sum()
    }
}

/// Whether nothing in a snapshot is from the future, and no entry is from after its manifest.
fn can_be_true(snapshot: &VerifiedSnapshot, now: Timestamp) -> bool {
    let manifest = snapshot.manifest();
    let entries = EntryKey::ALL.into_iter().filter_map(|key| snapshot.entry(key));
    let mut entries = entries.map(|entry| (entry.summary().version, entry.updated_at()));
    manifest.updated_at() <= now
        && entries.all(|(version, time)| version <= manifest.version() && time <= manifest.updated_at())
}

pub(crate) fn markers(items: &[Item]) -> Vec<u64> {
    items.iter().filter_map(|item| marked_version(&item.key)).collect()
}

/// The value in canonical form; one that has none is left as it is, and the verifier refuses it.
fn canonical(value: Json) -> String {
    let text = value.into_text();
    if is_canonical(&text) {
        return text;
    }
    text::canonical(&text).unwrap_or(text)
}

/// The version that a manifest states, whether it verifies or not.
fn stated_version(manifest: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Stated {
        version: u64,
    }
    serde_json::from_str(manifest).ok().map(|Stated { version }| version)
}

fn payloads(texts: &BTreeMap<Key, String>, snapshot: &VerifiedSnapshot) -> Payloads {
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(borrow)]
        payload: &'a RawValue,
    }
    let payload = |key| {
        let Entry { payload } = serde_json::from_str(texts.get(&Key::Entry(key))?).ok()?;
        let records = snapshot.entry(key)?.summary().records;
        Some((key, Payload { text: payload.get().to_owned(), records }))
    };
    EntryKey::ALL.into_iter().filter_map(payload).collect()
}
