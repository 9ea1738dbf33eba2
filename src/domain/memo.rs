//! What a reader has verified: the snapshot, or the part of one, that lookups are answered from.

use std::rc::Rc;

use super::decision::{Miss, View};
use super::error::Fault;
use super::exchange::{Item, Items, Ticket};
use super::key::{EntryKey, EntryMap, Key};
use super::reason::Reason;
use super::records::Records;
use super::time::Timestamp;
use super::verify::{VerifiedEntry, VerifiedManifest, verify_entry, verify_manifest};

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
    /// Verifies what a read brought: a memo to be, if its manifest is good.
    ///
    /// # Errors
    ///
    /// What is wrong with the manifest; or, since that stands first in the table, that a needed entry is not there.
    pub fn of(ticket: &Ticket, mut items: Items<V>) -> Result<Self, Miss> {
        let verified = items.manifest.ok_or(Fault::Missing).and_then(|item| {
            let manifest = verify_manifest(item.text.as_ref())?;
            Ok((manifest, item.value))
        });
        let (manifest, manifest_value) = verified.map_err(|fault| {
            let is_missing = |key: &&EntryKey| **key != EntryKey::PlanHints && !items.entries.contains(**key);
            match ticket.entries.iter().find(is_missing) {
                Some(key) if fault.reason() > Reason::KeyMissing => Miss::of(Key::Entry(*key), &Fault::Missing),
                _ => Miss::of(Key::Manifest, &fault),
            }
        })?;
        let (mut entries, mut faults) = (EntryMap::default(), EntryMap::default());
        for key in ticket.entries.iter().copied() {
            let item = items.entries.remove(key).ok_or(Fault::Missing);
            match item.and_then(|Item { text, hashed, value }| {
                let entry = verify_entry(key, text.as_ref(), hashed, &manifest)?;
                Ok(Held { entry, value })
            }) {
                Ok(held) => entries.insert(key, Rc::new(held)),
                Err(fault) => faults.insert(key, fault),
            }
        }
        let (number, read_at) = (ticket.number, ticket.started_at);
        Ok(Memo { manifest, manifest_value, entries, faults, number, read_at })
    }

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
