//! What to write: the difference between Michael's content and the store, as one all-or-nothing request. Pure.
//!
//! The request is guarded by the revision marker: it creates the marker of the new version and deletes the old one,
//! and fails as a whole if another writer was faster. Every write has its marker.

use super::difference::{RecordChange, compare, records};
use super::hold::{Hold, HoldChange};
use super::provenance::marker_value;
use super::stored::Stored;
use crate::domain::format::envelope::MAX_VERSION;
use crate::domain::format::seal::{ManifestHead, Sealed, seal_entry, seal_manifest};
use crate::domain::json::window::Text;
use crate::domain::key::{EntryKey, EntryMap, Key, marker};
use crate::domain::registry::registry;
use crate::domain::time::Timestamp;
use crate::domain::verify::{EntrySummary, EntryVerdict, VerifiedSnapshot, verify_snapshot};
use crate::sync::content::{Payload, Payloads};
use crate::sync::shown::one_line;
use crate::sync::signature::{PublicKey, Signatures};
use crate::sync::store::{Json, Operation};

const WRITER: &str = concat!("atlas-sync/", env!("CARGO_PKG_VERSION"));

registry! {
    pub enum PlanKind by name {
        /// The store holds what Michael holds, and was confirmed recently: nothing is written.
        Unchanged = "unchanged",
        /// Only `checkedAt` is renewed.
        Heartbeat = "heartbeat",
        Publish = "publish",
    }
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub kind: PlanKind,
    /// The snapshot as it would stand, verified by the reader's verifier.
    pub snapshot: VerifiedSnapshot,
    /// The version that stands now; `None` if the store has none that verifies.
    pub previous_version: Option<u64>,
    pub changes: Vec<RecordChange>,
    pub operations: Vec<Operation>,
    /// The manifest's signatures: of a new one none, until it is [signed](Plan::signed).
    pub signatures: Signatures,
}

impl Plan {
    /// The length of the manifest and all entries in canonical UTF-8, in bytes.
    pub fn bytes(&self) -> u64 {
        let manifest = self.snapshot.manifest();
        manifest.bytes() + manifest.entries().map(|(_, summary)| summary.bytes).sum::<u64>()
    }

    /// Whether an entry is new; the others stay in the store as they are.
    pub fn writes(&self, entry: &EntrySummary) -> bool {
        self.kind == PlanKind::Publish && entry.version == self.snapshot.manifest().version()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PlanError(pub(super) String);

impl From<serde_json::Error> for PlanError {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("the snapshot cannot be written as JSON: {error}"))
    }
}

/// The reader's verifier rejects what was built: a bug, or a format that cannot hold the content.
fn rejected(verdicts: &[EntryVerdict]) -> PlanError {
    let faults =
        verdicts.iter().filter_map(|verdict| Some(format!("{}: {}", verdict.key, one_line(verdict.message.as_ref()?))));
    PlanError(format!("a reader would reject the snapshot: {}", faults.collect::<Vec<_>>().join("; ")))
}

#[derive(Debug, Clone)]
pub struct PlanPolicy {
    /// The age of `checkedAt` from which it is renewed, in milliseconds.
    pub heartbeat_ms: u64,
    /// The lowest version that may stand: what stands below it is published again. 0 sets no limit.
    pub min_version: u64,
    /// The highest version that is known to have stood; 0 if none is known. If the store has no trace of it, since it was
    /// restored in Vercel's dashboard, what stands is published again above it.
    pub seen_version: u64,
    pub hold: HoldChange,
    /// When the content was last confirmed against Michael; `None` if that is now.
    pub checked_at: Option<Timestamp>,
    /// Which Michael the content was read from, if that is known.
    pub source: Option<String>,
    /// The keys that sign what is written; a manifest that others signed is written again.
    pub signers: Vec<PublicKey>,
}

impl PlanPolicy {
    /// A policy that asks only for heartbeats.
    pub fn heartbeat(heartbeat_ms: u64) -> Self {
        let (hold, checked_at, source, signers) = (HoldChange::Keep, None, None, Vec::new());
        Self { heartbeat_ms, min_version: 0, seen_version: 0, hold, checked_at, source, signers }
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

/// The highest version that somebody may ask for: it leaves room for all that are published after it.
pub const HIGHEST_FLOOR: u64 = 9_000_000_000_000_000;

/// What to do about a version that nobody has published.
pub const IF_FORGED: &str = "which somebody may have forged; if so, delete all keys that begin with atlas_v1_ in Vercel's \
                             dashboard, replace its tokens, and run `atlas-sync sync --min-version N` with a number above \
                             the last one that was published";

/// Compares the payloads with the store, and plans the write. An entry without a payload is published empty.
pub fn plan(payloads: &Payloads, stored: &Stored, now: Timestamp, policy: &PlanPolicy) -> Result<Plan, PlanError> {
    let next_version = stored.highest_version.saturating_add(1).max(policy.floor(stored));
    if next_version > MAX_VERSION {
        let highest = stored.highest_version;
        let forged = if highest < MAX_VERSION { String::new() } else { format!(", {IF_FORGED}") };
        return Err(PlanError(format!(
            "expected a version of at most {MAX_VERSION}, found {next_version} as the next one: the store has traces of \
             version {highest}{forged}"
        )));
    }
    let nothing = Payload::empty();
    let payload = |key| payloads.get(&key).unwrap_or(&nothing);
    let entries = EntryKey::ALL.map(|key| Entry::seal(key, payload(key), stored, next_version, now));
    let any_written = entries.iter().any(|entry| entry.written);
    let kind = if any_written { PlanKind::Publish } else { kind(stored, now, policy) };
    let planned = |snapshot, operations, signatures| {
        let (previous_version, changes) = (stored.version(), changes(payloads, stored));
        Plan { kind, snapshot, previous_version, changes, operations, signatures }
    };
    let (version, updated_at) = match (kind, &stored.snapshot) {
        // It was verified when it was read.
        (PlanKind::Unchanged, Some(standing)) => return Ok(planned(standing.clone(), Vec::new(), stored.signatures())),
        (PlanKind::Heartbeat, Some(old)) => (old.manifest().version(), old.manifest().updated_at()),
        _ => (next_version, now),
    };
    let hold = policy.next_hold(stored, now).map(serde_json::to_value).transpose()?;
    let checked_at = policy.checked_at.unwrap_or(now);
    let head = ManifestHead { version, updated_at, checked_at, writer: WRITER.to_owned(), hold };
    let mut summaries = EntryMap::default();
    for entry in &entries {
        summaries.insert(entry.key, entry.summary);
    }
    let manifest = seal_manifest(&head, &summaries)?.text;
    let text = |key| match key {
        Key::Manifest => Some(&manifest as &dyn Text),
        Key::Entry(key) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.text as &dyn Text),
    };
    let (verdicts, snapshot) = verify_snapshot(text);
    let snapshot = snapshot.ok_or_else(|| rejected(&verdicts))?;
    let mut operations = guard(kind, version, stored, policy.source.as_deref());
    for entry in entries.into_iter().filter(|entry| entry.written) {
        operations.push(Operation::upsert(entry.key.stored(), Json::from_text(entry.text)?));
    }
    let manifest = Json::from_text(manifest)?;
    // The first manifest of a store is created: a store without a marker has nothing else that tells a late writer that
    // others have come and gone.
    let write = if stored.has_manifest { Operation::upsert } else { Operation::create };
    operations.push(write(Key::Manifest.stored(), manifest));
    Ok(planned(snapshot, operations, Signatures::default()))
}

fn changes(payloads: &Payloads, stored: &Stored) -> Vec<RecordChange> {
    let nothing = Payload::empty();
    let changes = |key| {
        let [before, after] = [&stored.payloads, payloads].map(|payloads| payloads.get(&key).unwrap_or(&nothing));
        if before == after { Vec::new() } else { compare(key, &records(key, &before.text), &records(key, &after.text)) }
    };
    EntryKey::ALL.into_iter().flat_map(changes).collect()
}

struct Entry {
    key: EntryKey,
    text: String,
    summary: EntrySummary,
    /// Whether it is not in the store yet.
    written: bool,
}

impl Entry {
    fn seal(key: EntryKey, payload: &Payload, stored: &Stored, next_version: u64, now: Timestamp) -> Self {
        let standing = stored.base(now).and_then(|snapshot| snapshot.entry(key));
        if let Some(old) = standing.filter(|_| stored.payloads.get(&key) == Some(payload)) {
            // Sealed with the old version and time, an entry that has not changed has the old checksum.
            let Sealed { checksum, text } = seal_entry(key, &payload.text, old.summary().version, old.updated_at());
            if checksum == old.summary().checksum {
                return Self { key, text, summary: *old.summary(), written: false };
            }
        }
        let Sealed { checksum, text } = seal_entry(key, &payload.text, next_version, now);
        let bytes = text.len() as u64;
        let summary = EntrySummary { bytes, checksum, records: payload.records, version: next_version };
        Self { key, text, summary, written: true }
    }
}

/// What to do about a snapshot whose entries need no change.
fn kind(stored: &Stored, now: Timestamp, policy: &PlanPolicy) -> PlanKind {
    let Some(manifest) = stored.base(now).map(VerifiedSnapshot::manifest) else { return PlanKind::Publish };
    // A reader that has seen the higher version would take this one for a rollback.
    if manifest.version() < stored.highest_version.max(policy.floor(stored)) {
        return PlanKind::Publish;
    }
    // It takes a new version, so that no heartbeat planned before can undo it.
    if policy.hold != HoldChange::Keep && policy.next_hold(stored, now) != stored.hold {
        return PlanKind::Publish;
    }
    let checked_at = manifest.checked_at();
    // A `checkedAt` in the future comes from a wrong clock; without this it would never be renewed.
    let due = now.elapsed_since(checked_at) >= policy.heartbeat_ms || checked_at > now;
    // A late write can leave a second marker, which could let a late writer through: it is deleted.
    let due = due || stored.markers.iter().any(|marked| *marked != manifest.version());
    let due = due || !is_signed_by(&policy.signers, stored);
    if due { PlanKind::Heartbeat } else { PlanKind::Unchanged }
}

/// Whether a run with these signers would sign the manifest as it is signed. One without signers leaves signatures as they
/// are.
fn is_signed_by(signers: &[PublicKey], stored: &Stored) -> bool {
    signers.is_empty() || stored.signed().is_some_and(|manifest| manifest.is_signed_by_all_and_no_other(signers))
}

/// The operations on markers: a new version creates its own, a heartbeat touches its own, and both delete all others.
fn guard(kind: PlanKind, version: u64, stored: &Stored, source: Option<&str>) -> Vec<Operation> {
    let touch = kind == PlanKind::Heartbeat && stored.markers.contains(&version);
    let write = if touch { Operation::update } else { Operation::create };
    let own = write(&marker(version), marker_value(version, source).into());
    let others = stored.markers.iter().filter(|old| **old != version);
    std::iter::once(own).chain(others.map(|old| Operation::delete(&marker(*old)))).collect()
}

/// What has to be written before anything else: the marker of a store that has a manifest and no marker, as when
/// somebody deleted it. Without one nothing in the store would stop a writer that comes late.
pub fn adoption(stored: &Stored) -> Option<Operation> {
    let version = stored.highest_version.max(1);
    let lost = stored.has_manifest && stored.markers.is_empty();
    lost.then(|| Operation::create(&marker(version), marker_value(version, None).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_number_of_records_is_never_published() {
        let policy = PlanPolicy::heartbeat(0);
        let plan = |records| {
            let payloads = Payloads::from([(EntryKey::PlanHints, Payload { records, ..Payload::empty() })]);
            plan(&payloads, &Stored::of(Vec::new()), Timestamp::EPOCH, &policy)
        };
        assert!(plan(0).is_ok());
        assert!(plan(1).unwrap_err().to_string().contains("1 records"));
    }
}
