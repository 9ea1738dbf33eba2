//! What to write: the comparison of Michael's content with the store, turned into one all-or-nothing request. Pure.
//!
//! The request is guarded by the revision marker: it creates the marker of the new version and deletes the old one,
//! and fails as a whole if another writer was there first. No write goes without its marker.

use std::collections::BTreeMap;

use serde_json::json;

use super::difference::{RecordChange, compare, records};
use super::hold::{Hold, HoldChange};
use super::stored::Stored;
use crate::domain::format::envelope::MAX_VERSION;
use crate::domain::format::seal::{ManifestHead, Sealed, seal_entry, seal_manifest};
use crate::domain::json::window::Text;
use crate::domain::key::{EntryKey, EntryMap, Key, marker};
use crate::domain::registry::registry;
use crate::domain::time::Timestamp;
use crate::domain::verify::{EntrySummary, EntryVerdict, VerifiedManifest, VerifiedSnapshot, verify_snapshot};
use crate::sync::content::{Payload, Payloads};
use crate::sync::store::{Json, Operation};

pub const WRITER: &str = concat!("atlas-sync/", env!("CARGO_PKG_VERSION"));

pub type Texts = BTreeMap<Key, String>;

registry! {
    pub enum Kind by name {
        /// Nothing: the store says what Michael says, and said so recently.
        Unchanged = "unchanged",
        /// Only `checkedAt` is renewed.
        Heartbeat = "heartbeat",
        Publish = "publish",
    }
}

#[derive(Debug, Clone)]
pub struct PlannedEntry {
    pub summary: EntrySummary,
    pub written: bool,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub kind: Kind,
    /// The snapshot as it would stand, verified by the reader's verifier.
    pub snapshot: VerifiedSnapshot,
    /// The version that stands now; `None` if the store has none that verifies.
    pub previous_version: Option<u64>,
    pub changes: Vec<RecordChange>,
    pub entries: BTreeMap<EntryKey, PlannedEntry>,
    /// The length of the manifest and all entries in canonical UTF-8, in bytes.
    pub bytes: u64,
    pub operations: Vec<Operation>,
    /// What the store holds under Atlas's keys after the request; nothing if there is none.
    pub texts: Texts,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("the snapshot cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The reader's verifier rejects what was built: a bug, or a format that cannot hold the content.
    #[error("a reader would reject the snapshot: {}", rejected(.0))]
    Rejected(Vec<EntryVerdict>),
    #[error("the store has version {0}, the last one there can be")]
    Versions(u64),
}

fn rejected(verdicts: &[EntryVerdict]) -> String {
    let faults = verdicts.iter().filter_map(|verdict| Some(format!("{}: {}", verdict.key, verdict.message.as_ref()?)));
    faults.collect::<Vec<_>>().join("; ")
}

#[derive(Debug, Clone, Copy)]
pub struct Heartbeat {
    /// The age of `checkedAt` from which it is renewed, in milliseconds.
    pub after_ms: u64,
}

#[derive(Debug, Clone)]
pub struct Policy {
    pub heartbeat: Heartbeat,
    /// The lowest version that may stand; what stands below it is published again. 0 asks for nothing.
    pub min_version: u64,
    /// The highest version that is known to have stood. If the store has no trace of it, as after it was put back in
    /// Vercel's dashboard, what stands is published again above it. 0: none is known.
    pub seen_version: u64,
    pub hold: HoldChange,
}

impl Policy {
    /// One that asks for nothing beside the heartbeat.
    pub fn heartbeat(after_ms: u64) -> Self {
        Self { heartbeat: Heartbeat { after_ms }, min_version: 0, seen_version: 0, hold: HoldChange::Keep }
    }

    fn floor(&self, stored: &Stored) -> u64 {
        let lost = stored.highest_version < self.seen_version;
        self.min_version.max(if lost { self.seen_version.saturating_add(1) } else { 0 })
    }

    fn next_hold(&self, stored: &Stored, now: Timestamp) -> Option<Hold> {
        match &self.hold {
            HoldChange::Keep => stored.held(now).cloned(),
            HoldChange::Set(hold) => Some(hold.clone()),
            HoldChange::Release => None,
        }
    }
}

/// Compares the payloads with the store, and plans the write. An entry without a payload is published empty.
pub fn plan(payloads: &Payloads, stored: &Stored, now: Timestamp, policy: &Policy) -> Result<Plan, PlanError> {
    let next_version = stored.highest_version.saturating_add(1).max(policy.floor(stored));
    if next_version > MAX_VERSION {
        return Err(PlanError::Versions(stored.highest_version));
    }
    let nothing = Payload::empty();
    let seal = |key| Candidate::seal(key, payloads.get(&key).unwrap_or(&nothing), stored, next_version, now);
    let candidates = EntryKey::ALL.map(seal);
    let any_written = candidates.iter().any(|candidate| candidate.entry.written);
    let entries: BTreeMap<_, _> = candidates.iter().map(|candidate| (candidate.key, candidate.entry.clone())).collect();
    let standing = stored.snapshot.as_ref();
    let kind = if any_written { Kind::Publish } else { kind(stored, now, policy) };
    let changes = changes(payloads, stored);
    let previous_version = stored.version();
    let planned = |snapshot: VerifiedSnapshot, operations, texts| {
        let bytes = size(&snapshot.manifest, &entries);
        Plan { kind, snapshot, previous_version, changes, entries: entries.clone(), bytes, operations, texts }
    };
    let (version, updated_at) = match (kind, standing) {
        // It was verified when it was read.
        (Kind::Unchanged, Some(standing)) => return Ok(planned(standing.clone(), Vec::new(), Texts::new())),
        (Kind::Heartbeat, Some(old)) => (old.manifest.version(), old.manifest.updated_at()),
        _ => (next_version, now),
    };
    let hold = policy.next_hold(stored, now).as_ref().map(Hold::to_json);
    let head = ManifestHead { version, updated_at, checked_at: now, writer: WRITER.to_owned(), hold };
    let mut summaries = EntryMap::default();
    for (key, entry) in &entries {
        summaries.insert(*key, entry.summary);
    }
    let manifest = seal_manifest(&head, &summaries)?;
    let texts = candidates.into_iter().map(|candidate| (Key::Entry(candidate.key), candidate.text));
    let texts: Texts = texts.chain([(Key::Manifest, manifest.text)]).collect();
    let (verdicts, snapshot) = verify_snapshot(|key| texts.get(&key).map(|text| text as &dyn Text));
    let snapshot = snapshot.ok_or(PlanError::Rejected(verdicts))?;
    let operations = operations(kind, version, &texts, &entries, stored)?;
    Ok(planned(snapshot, operations, texts))
}

fn changes(payloads: &Payloads, stored: &Stored) -> Vec<RecordChange> {
    let nothing = Payload::empty();
    let changes = |key| {
        let [before, after] = [&stored.payloads, payloads].map(|payloads| payloads.get(&key).unwrap_or(&nothing));
        if before == after { Vec::new() } else { compare(key, &records(key, &before.text), &records(key, &after.text)) }
    };
    EntryKey::ALL.into_iter().flat_map(changes).collect()
}

/// The length of the manifest and all entries in canonical UTF-8, in bytes.
fn size(manifest: &VerifiedManifest, entries: &BTreeMap<EntryKey, PlannedEntry>) -> u64 {
    manifest.bytes() + entries.values().map(|entry| entry.summary.bytes).sum::<u64>()
}

struct Candidate {
    key: EntryKey,
    text: String,
    entry: PlannedEntry,
}

impl Candidate {
    fn seal(key: EntryKey, payload: &Payload, stored: &Stored, next_version: u64, now: Timestamp) -> Self {
        let Payload { text: payload, records } = payload;
        let before = stored.payloads.get(&key).map(|payload| &payload.text);
        let standing = stored.snapshot.as_ref().and_then(|snapshot| snapshot.entries.get(key));
        if let Some(old) = standing.filter(|_| before == Some(payload)) {
            // Sealed with the old version and time, an entry that has not changed has the old checksum.
            let Sealed { checksum, text } = seal_entry(key, payload, old.summary().version, old.updated_at());
            if checksum == old.summary().checksum {
                let entry = PlannedEntry { summary: *old.summary(), written: false };
                return Self { key, text, entry };
            }
        }
        let Sealed { checksum, text } = seal_entry(key, payload, next_version, now);
        let bytes = text.len() as u64;
        let summary = EntrySummary { bytes, checksum, records: *records, version: next_version };
        Self { key, text, entry: PlannedEntry { summary, written: true } }
    }
}

/// What to do about a snapshot whose entries are all as they should be.
fn kind(stored: &Stored, now: Timestamp, policy: &Policy) -> Kind {
    let Some(manifest) = stored.snapshot.as_ref().map(|snapshot| &snapshot.manifest) else { return Kind::Publish };
    // A reader that has seen the higher version would take this one for a rollback.
    if manifest.version() < stored.highest_version.max(policy.floor(stored)) {
        return Kind::Publish;
    }
    // With a version of its own, so that no heartbeat that was planned before can undo it.
    if policy.hold != HoldChange::Keep && policy.next_hold(stored, now) != stored.hold {
        return Kind::Publish;
    }
    let checked_at = manifest.checked_at();
    // A `checkedAt` in the future is of a clock that was wrong; left alone it would never be renewed.
    let due = now.elapsed_since(checked_at) >= policy.heartbeat.after_ms || checked_at > now;
    // A marker beside the snapshot's own, as a late write can leave it, could let a late writer through: it goes.
    let due = due || stored.markers.iter().any(|marked| *marked != manifest.version());
    if due { Kind::Heartbeat } else { Kind::Unchanged }
}

fn operations(
    kind: Kind,
    version: u64,
    texts: &Texts,
    entries: &BTreeMap<EntryKey, PlannedEntry>,
    stored: &Stored,
) -> Result<Vec<Operation>, serde_json::Error> {
    let mut operations = guard(kind, version, stored);
    let kept = |key: &Key| matches!(key, Key::Entry(key) if entries.get(key).is_none_or(|entry| !entry.written));
    for (key, text) in texts.iter().filter(|(key, _)| !kept(key)) {
        let (name, value) = (key.stored().to_owned(), Json::from_text(text.clone())?);
        // The first manifest of a store is created: a store without a marker has nothing else that tells a late writer
        // that others have been there and gone.
        let first = *key == Key::Manifest && !stored.has_manifest;
        operations.push(if first {
            Operation::Create { key: name, value }
        } else {
            Operation::Upsert { key: name, value }
        });
    }
    Ok(operations)
}

/// The operations on markers: a new version creates its own, a heartbeat touches its own, and both delete all others.
fn guard(kind: Kind, version: u64, stored: &Stored) -> Vec<Operation> {
    let key = marker(version);
    let value = Json::from(json!({ "version": version }));
    let own = if kind == Kind::Heartbeat && stored.markers.contains(&version) {
        Operation::Update { key, value }
    } else {
        Operation::Create { key, value }
    };
    let others = stored.markers.iter().filter(|old| **old != version);
    let others = others.map(|old| Operation::Delete { key: marker(*old) });
    std::iter::once(own).chain(others).collect()
}

/// What has to be written before anything else: the marker of a store that has a manifest and no marker, as when
/// somebody deleted it. Without one nothing in the store would stop a writer that comes late.
pub fn adoption(stored: &Stored) -> Option<Operation> {
    let version = stored.highest_version.max(1);
    let lost = stored.has_manifest && stored.markers.is_empty();
    lost.then(|| Operation::Create { key: marker(version), value: json!({ "version": version }).into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_number_of_records_is_never_published() {
        let policy = Policy::heartbeat(0);
        let plan = |records| {
            let payloads = Payloads::from([(EntryKey::PlanHints, Payload { records, ..Payload::empty() })]);
            plan(&payloads, &Stored::of(Vec::new()), Timestamp::EPOCH, &policy)
        };
        assert!(plan(0).is_ok());
        assert!(plan(1).unwrap_err().to_string().contains("1 records"));
    }
}
