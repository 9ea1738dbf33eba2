//! What a reader has verified: the snapshot, or the part of one, that lookups are answered from.

use std::rc::Rc;

use super::decision::View;
use super::error::Fault;
use super::exchange::Ticket;
use super::key::{EntryKey, EntryMap};
use super::records::Records;
use super::time::Timestamp;
use super::verify::{VerifiedEntry, VerifiedManifest};

/// A verified manifest, and those of its entries that were read. `V` is the value as the caller's world holds it.
#[derive(Debug)]
pub struct Memo<V> {
    /// The manifest.
    pub manifest: VerifiedManifest,
    /// The manifest as it is served.
    pub manifest_value: V,
    /// The entries, each the one that the manifest names.
    pub entries: EntryMap<Rc<Held<V>>>,
    /// Entries that were read and are not what the manifest names, or not there.
    pub faults: EntryMap<Fault>,
    /// The number of the read that brought it: reads are numbered in the order in which they began.
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

impl<V> Memo<V> {
    /// Whether it holds the very entry that `manifest` names.
    #[must_use]
    pub fn holds(&self, key: EntryKey, manifest: &VerifiedManifest) -> bool {
        let held = self.entries.get(key).map(|held| held.entry.summary());
        held.is_some() && held == manifest.entry(key)
    }

    /// Whether it knows an entry, be it as bad.
    #[must_use]
    pub fn knows(&self, key: EntryKey) -> bool {
        self.entries.contains(key) || self.faults.contains(key)
    }

    /// Whether its snapshot is older than another's.
    #[must_use]
    pub fn is_older_than(&self, other: &Self) -> bool {
        let age = |memo: &Self| (memo.manifest.version(), memo.manifest.checked_at());
        age(self) < age(other)
    }

    /// Takes over what an earlier memo holds and this manifest still names. Answers come out of order: what a later
    /// read has shown stays shown.
    pub fn keep(&mut self, earlier: &Self) {
        for (key, held) in earlier.entries.iter() {
            if !self.entries.contains(key) && earlier.holds(key, &self.manifest) {
                self.faults.remove(key);
                self.entries.insert(key, Rc::clone(held));
            }
        }
        if earlier.number > self.number {
            (self.number, self.read_at) = (earlier.number, earlier.read_at);
        }
    }

    /// Notes that a read has found it unchanged.
    pub fn read_again(&mut self, ticket: &Ticket) {
        if ticket.number > self.number {
            (self.number, self.read_at) = (ticket.number, ticket.started_at);
        }
    }
}

impl<V: Records> View for Memo<V> {
    type Value = V;

    fn manifest(&self) -> Result<&VerifiedManifest, Fault> {
        Ok(&self.manifest)
    }

    fn entry(&self, key: EntryKey) -> Result<&V, Fault> {
        match self.entries.get(key) {
            Some(held) => Ok(&held.value),
            None => Err(self.faults.get(key).cloned().unwrap_or(Fault::Missing)),
        }
    }
}
