//! What a reader and its driver, which does the I/O, exchange: what to read, what came, and what follows.
//!
//! `V` is a stored value as the driver holds it.

use crate::domain::decide::decision::{Hit, Miss, Signature};
use crate::domain::format::checksum::Checksum;
use crate::domain::json::window::Text;
use crate::domain::key::{EntryMap, EntrySet, Key};
use crate::domain::time::Timestamp;

/// A read to make. The driver hands the ticket back with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Reads are numbered in the order in which they began.
    pub number: u64,
    /// The number of reads for this lookup so far, this one included.
    pub attempt: u8,
    /// When the read began.
    pub started_at: Timestamp,
    /// The entries to read beside the manifest.
    pub entries: EntrySet,
}

impl Ticket {
    /// Every key to read.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        std::iter::once(Key::Manifest).chain(self.entries.iter().map(Key::Entry))
    }
}

/// One value of the store: its JSON text, and the value itself.
pub struct Item<V> {
    /// The value as JSON, its members in any order.
    pub text: Box<dyn Text>,
    /// Its hash, if the platform has computed it (see `Envelope::open`).
    pub hashed: Option<Checksum>,
    /// The value that is served.
    pub value: V,
}

/// The values that a read brought, as far as the store holds them.
pub struct Items<V> {
    /// The manifest.
    pub manifest: Option<Item<V>>,
    /// What is known of its signatures.
    pub signature: Signature,
    /// The entries.
    pub entries: EntryMap<Item<V>>,
}

impl<V> Items<V> {
    /// The value under a key.
    pub fn get(&self, key: Key) -> Option<&Item<V>> {
        match key {
            Key::Manifest => self.manifest.as_ref(),
            Key::Entry(key) => self.entries.get(key),
        }
    }
}

/// The outcome of a read.
pub enum Answer<V> {
    /// The values by key.
    Items(Items<V>),
    /// The store did not answer in time.
    TimedOut,
    /// The SDK threw.
    Failed(String),
}

/// What a lookup does next.
#[derive(Debug)]
pub enum Step {
    /// It is decided. A hit is served from `Reader::held`.
    Decided(Result<Hit, Miss>),
    /// It is a hit from memory, and a read must be made behind the answer.
    Behind(Hit, Ticket),
    /// The store must be read first.
    Read(Ticket),
}
