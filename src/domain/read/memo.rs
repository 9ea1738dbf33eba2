//! The memo: the snapshot, or the part of one, that a reader has verified and answers lookups from.

use std::rc::Rc;

use super::step::{Item, Items, Ticket};
use crate::domain::decide::decision::{Found, Hit, Miss, Policy, Signature, decide};
use crate::domain::decide::records::Records;
use crate::domain::decide::route::{Lookup, Need, need};
use crate::domain::format::checksum::Checksum;
use crate::domain::key::{EntryKey, EntryMap, EntrySet, Key};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::domain::verify::fault::Fault;
use crate::domain::verify::{VerifiedEntry, VerifiedManifest, verify_entry, verify_manifest};

/// The number of the snapshot that came with the deployment: every read is later.
pub const EMBEDDED: u64 = 0;

/// A verified manifest, and what is known of its entries. `V` is a stored value as the driver holds it.
#[derive(Debug)]
pub struct Memo<V> {
    /// The manifest.
    pub manifest: VerifiedManifest,
    /// The manifest as it is served.
    pub manifest_value: V,
    /// What is known of its signatures: a text whose signatures are valid is not checked again.
    pub signature: Signature,
    /// The entries, each the one that the manifest names.
    pub entries: EntryMap<Rc<Held<V>>>,
    /// Entries that are missing, or not what the manifest names.
    pub faults: EntryMap<Rc<Rejected<V>>>,
    /// The number of the read that brought it. Reads are numbered in the order in which they began.
    pub number: u64,
    /// When that read began.
    pub read_at: Timestamp,
}

/// A verified entry, and its value as it is served.
#[derive(Debug)]
pub struct Held<V> {
    /// The proof.
    pub entry: VerifiedEntry,
    /// The value.
    pub value: V,
}

/// An entry that is not what the manifest names.
#[derive(Debug)]
pub struct Rejected<V> {
    /// What is wrong with it.
    pub fault: Fault,
    /// The value, by which the same bytes are recognised; `None` if the store does not hold one.
    value: Option<V>,
    /// The highest number of a read that had begun when it was refused.
    judged_at: u64,
    /// The checksum of the manifest that it was judged by.
    manifest: Checksum,
}

impl<V: Records> Memo<V> {
    /// Verifies what a read brought. What `known` holds is not verified again: its entries are taken over if the manifest
    /// names them. Those that are `bad` are recognised by their text. `reads` is the number of the latest read that has begun.
    ///
    /// # Errors
    ///
    /// The fault of the manifest, and its value.
    pub fn of(
        ticket: &Ticket,
        mut items: Items<V>,
        known: [Option<&Self>; 2],
        bad: &mut EntryMap<Rc<Rejected<V>>>,
        reads: u64,
    ) -> Result<Self, (Fault, Option<V>)> {
        let Some(Item { text, value, .. }) = items.manifest else { return Err((Fault::Missing, None)) };
        let same = known.into_iter().flatten().find(|memo| value.is_same_text(&memo.manifest_value, true));
        let manifest = match same.map_or_else(|| verify_manifest(&*text), |memo| Ok(memo.manifest.clone())) {
            Ok(manifest) => manifest,
            Err(fault) => return Err((fault, Some(value))),
        };
        let mut found = Memo {
            manifest,
            manifest_value: value,
            signature: match same {
                // A check that failed may have failed for the platform's sake: what a later one finds counts.
                Some(Memo { signature: Signature::Valid, .. }) => Signature::Valid,
                Some(Memo { signature, .. }) if matches!(items.signature, Signature::Unchecked) => signature.clone(),
                _ => items.signature,
            },
            entries: EntryMap::default(),
            faults: EntryMap::default(),
            number: ticket.number,
            read_at: ticket.started_at,
        };
        for key in ticket.entries.iter() {
            if let Some(held) = known.into_iter().flatten().find_map(|memo| memo.held_under(key, &found.manifest)) {
                found.entries.insert(key, Rc::clone(held));
                continue;
            }
            match judge(key, items.entries.remove(key), &found.manifest, bad.get(key), ticket, reads) {
                Ok(held) => found.entries.insert(key, Rc::new(held)),
                Err(rejected) => {
                    bad.insert(key, Rc::clone(&rejected));
                    found.faults.insert(key, rejected);
                }
            }
        }
        Ok(found)
    }

    /// The entry that `manifest` names, if it is held.
    fn held_under(&self, key: EntryKey, manifest: &VerifiedManifest) -> Option<&Rc<Held<V>>> {
        self.entries.get(key).filter(|held| Some(held.entry.summary()) == manifest.entry(key))
    }

    /// Whether the entry that `manifest` names is held.
    pub fn holds(&self, key: EntryKey, manifest: &VerifiedManifest) -> bool {
        self.held_under(key, manifest).is_some()
    }

    /// Whether the entry has been read, valid or not.
    pub fn knows(&self, key: EntryKey) -> bool {
        self.entries.contains(key) || self.faults.contains(key)
    }

    /// Whether all of these entries have been.
    pub fn knows_all(&self, entries: EntrySet) -> bool {
        entries.iter().all(|key| self.knows(key))
    }

    /// Whether its snapshot is older than another's.
    pub fn is_older_than(&self, other: &Self) -> bool {
        let age = |memo: &Self| (memo.manifest.version(), memo.manifest.checked_at());
        age(self) < age(other)
    }

    /// Takes over the entries of another memo that this manifest names.
    pub fn keep(&mut self, other: &Self) {
        for (key, held) in other.entries.iter() {
            if !self.entries.contains(key) && other.holds(key, &self.manifest) {
                self.faults.remove(key);
                self.entries.insert(key, Rc::clone(held));
            }
        }
    }

    /// Decides a lookup from what it holds.
    ///
    /// # Errors
    ///
    /// Why Atlas does not serve.
    pub fn decide(&self, lookup: &Lookup<'_>, policy: &Policy, now: Timestamp) -> Result<Hit, Miss> {
        let entry = |key| match self.entries.get(key) {
            Some(held) => Ok(&held.value),
            None => Err(self.faults.get(key).map_or(Fault::Missing, |rejected| rejected.fault.clone())),
        };
        decide(&Found { manifest: &self.manifest, signature: &self.signature, entry: &entry }, lookup, policy, now)
    }

    /// Whether every lookup may be served from it, but for its plan hints and its age.
    ///
    /// # Errors
    ///
    /// The first entry that is not valid, or why the reader may not adopt the manifest.
    pub fn is_admitted(&self, policy: &Policy) -> Result<(), Miss> {
        match self.faults.iter().find(|(key, _)| need(EntrySet::ALL, *key) == Need::Required) {
            Some((key, rejected)) => Err(Miss::of(Key::Entry(key), &rejected.fault)),
            None => policy.admits(&self.manifest, &self.signature),
        }
    }

    /// Whether no read of the store has brought or confirmed it: it came with the deployment.
    pub fn is_embedded(&self) -> bool {
        self.number == EMBEDDED
    }

    /// Records that a read has found it unchanged.
    pub fn read_again(&mut self, number: u64, began_at: Timestamp) {
        if number > self.number {
            (self.number, self.read_at) = (number, began_at);
        }
    }

    /// Keeps the later of two reads: answers may come out of order.
    pub fn not_before(&mut self, earlier: &Self) {
        self.read_again(earlier.number, earlier.read_at);
    }
}

/// Verifies one entry. One that was refused `before`, under the same manifest, is recognised by its text.
fn judge<V: Records>(
    key: EntryKey,
    item: Option<Item<V>>,
    manifest: &VerifiedManifest,
    before: Option<&Rc<Rejected<V>>>,
    ticket: &Ticket,
    reads: u64,
) -> Result<Held<V>, Rc<Rejected<V>>> {
    let reject = |fault, value| Rc::new(Rejected { fault, value, judged_at: reads, manifest: manifest.checksum() });
    let Some(Item { text, hashed, value }) = item else { return Err(reject(Fault::Missing, None)) };
    if let Some(before) = before
        && before.manifest == manifest.checksum()
        && let Some(judged) = &before.value
        && value.is_same_text(judged, ticket.number <= before.judged_at)
    {
        return Err(Rc::clone(before));
    }
    match verify_entry(key, &*text, hashed, manifest) {
        Ok(entry) => {
            value.forget_text();
            Ok(Held { entry, value })
        }
        Err(fault) => Err(reject(fault, Some(value))),
    }
}

/// The miss for a bad manifest. A missing entry comes first in the table of reasons.
pub(super) fn manifest_miss(fault: &Fault, absent: Option<EntryKey>) -> Miss {
    match absent {
        Some(key) if fault.reason() > Reason::KeyMissing => Miss::of(Key::Entry(key), &Fault::Missing),
        _ => Miss::of(Key::Manifest, fault),
    }
}

/// What follows from an answer.
pub(super) enum Progress<V> {
    /// Another read is needed.
    Again(Ticket),
    /// The store did not answer, or its manifest is bad.
    Failed(Miss),
    /// The manifest is valid. Its entries were read, each valid or with its fault.
    Found(Box<Memo<V>>),
}
