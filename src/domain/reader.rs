//! The reading side as a state machine without I/O: it says what to read, is told what came and when, and decides.
//!
//! It keeps what it has verified (the *memo*) and nothing else: no promise, no timer, no request. So any number of
//! lookups may be under way at once, and their answers may come late, twice, out of order, or never.
//! `V` is the stored value as the caller's world holds it (a JavaScript object); the reader only keeps it.

use std::rc::Rc;

use super::breaker::Breaker;
use super::decision::{Hit, Miss, Policy, View, Warning, covers, decide};
use super::error::Fault;
use super::freshness::DEFAULT_MAX_AGE_MS;
use super::health::{Health, health};
use super::key::{EntryKey, EntryMap, Key};
use super::log::{LogEvent, Throttle};
use super::reason::{Level, Reason};
use super::route::{Lookup, Need, need, needed};
use super::stats::Stats;
use super::time::Timestamp;
use super::verify::{VerifiedEntry, VerifiedManifest, verify_entry, verify_manifest};

/// Reads that one lookup may cause: the manifest, what changed, and once more if that was torn.
const MOST_READS: u8 = 3;

/// How a reader behaves. All durations are milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long what was verified is served without asking the store.
    pub refresh_ms: u64,
    /// The greatest age of a snapshot that is served.
    pub max_age_ms: u64,
    /// How often the same log event is written.
    pub log_window_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { refresh_ms: 10_000, max_age_ms: DEFAULT_MAX_AGE_MS, log_window_ms: 60_000 }
    }
}

/// A read that a lookup waits for. The caller hands it back with the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Reads are numbered in the order in which they began.
    pub number: u64,
    /// How many reads this lookup has caused, this one included.
    pub attempt: u8,
    /// When the read began.
    pub started_at: Timestamp,
    /// The entries to read, beside the manifest, with one `getAll`.
    pub entries: Vec<EntryKey>,
}

impl Ticket {
    /// Every key to read.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        std::iter::once(Key::Manifest).chain(self.entries.iter().copied().map(Key::Entry))
    }
}

/// One value of the store: its JSON text, and the value itself.
#[derive(Debug, Clone)]
pub struct Item<V> {
    /// The value as JSON, in whatever order of members.
    pub text: String,
    /// The value that is served.
    pub value: V,
}

/// The values that a read brought; one that the store does not hold is not there.
#[derive(Debug)]
pub struct Items<V> {
    /// The manifest.
    pub manifest: Option<Item<V>>,
    /// The entries.
    pub entries: EntryMap<Item<V>>,
}

impl<V> Items<V> {
    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&Item<V>> {
        match key {
            Key::Manifest => self.manifest.as_ref(),
            Key::Entry(key) => self.entries.get(key),
        }
    }
}

/// What a read brought.
#[derive(Debug)]
pub enum Answer<V> {
    /// The values by key.
    Items(Items<V>),
    /// Nothing within the time that a lookup waits.
    TimedOut,
    /// The SDK threw.
    Failed(String),
}

/// What a lookup does next.
#[derive(Debug)]
pub enum Step {
    /// It is decided. A hit is served from [`Reader::held`].
    Decided(Result<Hit, Miss>),
    /// The store must be asked first.
    Read(Ticket),
}

/// A reader: the memo, the breaker, and the counters.
#[derive(Debug)]
pub struct Reader<V> {
    options: Options,
    memo: Option<Memo<V>>,
    /// The highest version that was verified.
    floor: u64,
    reads: u64,
    breaker: Breaker,
    stats: Stats,
    throttle: Throttle,
    events: Vec<LogEvent>,
}

/// A verified snapshot, or the part of one that lookups have needed so far.
#[derive(Debug)]
struct Memo<V> {
    manifest: VerifiedManifest,
    manifest_value: V,
    entries: EntryMap<Rc<Held<V>>>,
    /// Entries that only carry hints and were found bad: known, so that not every lookup reads them again.
    bad_hints: EntryMap<Fault>,
    number: u64,
    read_at: Timestamp,
}

#[derive(Debug)]
struct Held<V> {
    entry: VerifiedEntry,
    value: V,
}

impl<V> View for Memo<V> {
    fn manifest(&self) -> Result<&VerifiedManifest, Fault> {
        Ok(&self.manifest)
    }

    fn entry(&self, key: EntryKey) -> Result<&VerifiedEntry, Fault> {
        match self.entries.get(key) {
            Some(held) => Ok(&held.entry),
            None => Err(self.bad_hints.get(key).cloned().unwrap_or(Fault::Missing)),
        }
    }
}

impl<V> Memo<V> {
    /// Whether it holds the very entry that `manifest` names.
    fn holds(&self, key: EntryKey, manifest: &VerifiedManifest) -> bool {
        let held = self.entries.get(key).map(|held| held.entry.summary());
        held.is_some() && held == manifest.entry(key)
    }
}

impl<V> Reader<V> {
    /// A cold reader.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            memo: None,
            floor: 0,
            reads: 0,
            breaker: Breaker::default(),
            stats: Stats::default(),
            throttle: Throttle::new(options.log_window_ms),
            events: Vec::new(),
        }
    }

    /// The answer from memory, if there is one: no I/O is due.
    pub fn peek(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Option<Result<Hit, Miss>> {
        let memo = self.memo.as_ref()?;
        let known = |key| memo.entries.contains(key) || memo.bad_hints.contains(key);
        if now.elapsed_since(memo.read_at) >= self.options.refresh_ms || !covers(known, lookup) {
            return None;
        }
        let result = decide(memo, lookup, &self.policy(), now);
        Some(self.decided(result, now))
    }

    /// Begins a lookup.
    pub fn begin(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        if let Some(result) = self.peek(lookup, now) {
            return Step::Decided(result);
        }
        if !self.breaker.admits(now) {
            let miss = Miss::new(Reason::BreakerOpen, "too many reads of the store failed just now");
            return Step::Decided(self.decided(Err(miss), now));
        }
        // A warm reader asks for the manifest, and for what it never held; a cold one for all that it needs.
        let held = |key| self.memo.as_ref().is_some_and(|memo| memo.entries.contains(key));
        let entries = needed(lookup).filter(|key| !held(*key)).collect();
        self.read(entries, 1, now)
    }

    /// A lookup that cannot be answered at all: `reason` is one that no read would change.
    pub fn refuse(&mut self, reason: Reason, message: &str, now: Timestamp) -> Miss {
        let miss = Miss::new(reason, message);
        self.record(&Err(miss.clone()), now);
        miss
    }

    /// Goes on with a lookup when its read was answered, or was given up.
    pub fn receive(&mut self, ticket: &Ticket, answer: Answer<V>, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        let items = match answer {
            Answer::Items(items) => items,
            Answer::TimedOut => return self.failed(Reason::Timeout, "the store did not answer in time", now),
            Answer::Failed(message) => return self.failed(Reason::Unavailable, &message, now),
        };
        if self.breaker.succeeded() {
            self.log("atlas_recovered", Level::Info, None, None, None, now);
        }
        let mut found = match self.examine(ticket, items) {
            Ok(found) => found,
            Err(miss) => return Step::Decided(self.decided(Err(miss), now)),
        };
        if ticket.attempt < MOST_READS {
            // The manifest has changed: read what changed, together with the manifest, so that both are of one time.
            let unread: Vec<_> =
                self.stale_under(&found.manifest, lookup).filter(|key| !ticket.entries.contains(key)).collect();
            if !unread.is_empty() {
                let entries = ticket.entries.iter().copied().chain(unread).collect();
                return self.read(entries, ticket.attempt + 1, now);
            }
            // The store was written while it was read: read once more.
            if found.faults.iter().any(|(_, fault)| fault.may_be_torn()) {
                return self.read(ticket.entries.clone(), MOST_READS, now);
            }
        }
        if self.is_superseded(&found) {
            return self.from_newer_memo(ticket, lookup, now);
        }
        self.keep_unchanged(&mut found);
        let result = decide(&found, lookup, &self.policy(), now);
        if result.as_ref().err().is_none_or(|miss| miss.reason > Reason::Rollback) {
            self.adopt(found, lookup);
        }
        Step::Decided(self.decided(result, now))
    }

    /// Takes an answer that came after its lookup had given up. It serves later lookups, if it is whole.
    pub fn receive_late(&mut self, ticket: &Ticket, items: Items<V>) {
        let Ok(mut found) = self.examine(ticket, items) else {
            return;
        };
        let behind = found.manifest.version() < self.floor;
        let older = self.memo.as_ref().is_some_and(|memo| memo.number > ticket.number);
        if behind || older || !found.faults.is_empty() {
            return;
        }
        let loses_nothing =
            self.stale_under(&found.manifest, &Lookup::default()).all(|key| found.entries.contains(key));
        if loses_nothing {
            self.keep_unchanged(&mut found);
            self.adopt(found, &Lookup::default());
        }
    }

    /// The manifest of the memo.
    #[must_use]
    pub fn manifest(&self) -> Option<&VerifiedManifest> {
        self.memo.as_ref().map(|memo| &memo.manifest)
    }

    /// The verified value under a key of the memo.
    #[must_use]
    pub fn held(&self, key: Key) -> Option<&V> {
        let memo = self.memo.as_ref()?;
        match key {
            Key::Manifest => Some(&memo.manifest_value),
            Key::Entry(key) => memo.entries.get(key).map(|held| &held.value),
        }
    }

    /// The log events since the last call, the oldest first.
    pub fn take_events(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.events)
    }

    /// The counters since the reader was made.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The health block.
    #[must_use]
    pub fn health(&self, now: Timestamp) -> Health {
        health(self.manifest(), &self.stats, now, self.options.max_age_ms)
    }

    fn read(&mut self, entries: Vec<EntryKey>, attempt: u8, now: Timestamp) -> Step {
        self.reads += 1;
        Step::Read(Ticket { number: self.reads, attempt, started_at: now, entries })
    }

    fn failed(&mut self, reason: Reason, message: &str, now: Timestamp) -> Step {
        self.breaker.failed(now);
        Step::Decided(self.decided(Err(Miss::new(reason, message)), now))
    }

    /// Verifies what a read brought.
    fn examine(&self, ticket: &Ticket, mut items: Items<V>) -> Result<Found<V>, Miss> {
        let verified = items.manifest.ok_or(Fault::Missing).and_then(|item| {
            let manifest = verify_manifest(&item.text)?;
            Ok((manifest, item.value))
        });
        let (manifest, manifest_value) = verified.map_err(|fault| Miss::of(Key::Manifest, &fault))?;
        let mut found = Found {
            manifest,
            manifest_value,
            entries: EntryMap::default(),
            faults: EntryMap::default(),
            number: ticket.number,
            read_at: ticket.started_at,
        };
        for key in ticket.entries.iter().copied() {
            let item = items.entries.remove(key).ok_or(Fault::Missing);
            let held = item.and_then(|item| {
                let entry = verify_entry(key, &item.text, &found.manifest)?;
                Ok(Rc::new(Held { entry, value: item.value }))
            });
            match held {
                Ok(held) => found.entries.insert(key, held),
                Err(fault) => found.faults.insert(key, fault),
            }
        }
        Ok(found)
    }

    /// The entries that a lookup or the memo needs and the memo does not hold as `manifest` names them.
    fn stale_under<'a>(
        &'a self,
        manifest: &'a VerifiedManifest,
        lookup: &'a Lookup<'a>,
    ) -> impl Iterator<Item = EntryKey> + 'a {
        let memo = self.memo.as_ref();
        let wanted = move |key: &EntryKey| {
            need(lookup, *key) != Need::Unneeded || memo.is_some_and(|memo| memo.entries.contains(*key))
        };
        EntryKey::ALL.into_iter().filter(wanted).filter(move |key| !memo.is_some_and(|memo| memo.holds(*key, manifest)))
    }

    /// Whether a read that began later has meanwhile brought a newer snapshot: then this one is no rollback, only slow.
    fn is_superseded(&self, found: &Found<V>) -> bool {
        let age = |manifest: &VerifiedManifest| (manifest.version(), manifest.checked_at());
        let newer = |memo: &Memo<V>| memo.number > found.number && age(&memo.manifest) > age(&found.manifest);
        self.memo.as_ref().is_some_and(newer)
    }

    fn from_newer_memo(&mut self, ticket: &Ticket, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        let missing = |memo: &Memo<V>| needed(lookup).filter(|key| !memo.entries.contains(*key)).collect::<Vec<_>>();
        let missing = self.memo.as_ref().map(missing).unwrap_or_default();
        if !missing.is_empty() && ticket.attempt < MOST_READS {
            return self.read(missing, ticket.attempt + 1, now);
        }
        let result = match &self.memo {
            Some(memo) => decide(memo, lookup, &self.policy(), now),
            None => Err(Miss::new(Reason::KeyMissing, "a newer snapshot was read meanwhile, and is gone")),
        };
        Step::Decided(self.decided(result, now))
    }

    /// Adds the memo's entries that this manifest still names to what was found.
    fn keep_unchanged(&self, found: &mut Found<V>) {
        let Some(memo) = &self.memo else { return };
        for (key, held) in memo.entries.iter() {
            if !found.entries.contains(key) && memo.holds(key, &found.manifest) {
                found.faults.remove(key);
                found.entries.insert(key, Rc::clone(held));
            }
        }
    }

    /// What was found becomes the memo.
    fn adopt(&mut self, found: Found<V>, lookup: &Lookup<'_>) {
        let Found { manifest, manifest_value, entries, mut faults, mut number, mut read_at } = found;
        // Answers come out of order: what a later read has shown stays.
        if let Some(memo) = &self.memo {
            number = number.max(memo.number);
            read_at = read_at.max(memo.read_at);
        }
        self.floor = self.floor.max(manifest.version());
        for key in EntryKey::ALL {
            if need(lookup, key) != Need::Hint {
                faults.remove(key);
            }
        }
        self.memo = Some(Memo { manifest, manifest_value, entries, bad_hints: faults, number, read_at });
    }

    fn policy(&self) -> Policy {
        Policy { max_age_ms: self.options.max_age_ms, version_floor: self.floor }
    }

    fn decided(&mut self, result: Result<Hit, Miss>, now: Timestamp) -> Result<Hit, Miss> {
        self.record(&result, now);
        result
    }

    fn record(&mut self, result: &Result<Hit, Miss>, now: Timestamp) {
        match result {
            Ok(hit) => {
                self.stats.hit();
                if let Some(Warning { code, message }) = &hit.warning {
                    let key = Some(Key::Entry(EntryKey::PlanHints));
                    self.log("atlas_hints_unavailable", Level::Warn, Some(code), key, Some(message), now);
                }
            }
            Err(Miss { reason, key, message }) => {
                self.stats.fallback(*reason);
                self.log(reason.event(), reason.level(), Some(reason.code()), *key, Some(message), now);
            }
        }
    }

    /// Notes an event, unless one like it was noted just now.
    fn log(
        &mut self,
        event: &'static str,
        level: Level,
        reason: Option<&'static str>,
        key: Option<Key>,
        message: Option<&str>,
        now: Timestamp,
    ) {
        if let Some(suppressed) = self.throttle.admit(event, reason.unwrap_or_default(), now) {
            let version = self.manifest().map(VerifiedManifest::version);
            let (key, message) = (key.map(Key::logical), message.map(str::to_owned));
            self.events.push(LogEvent { event, level, reason, key, version, suppressed, message });
        }
    }
}

/// What a read brought, verified, and not yet the memo.
#[derive(Debug)]
struct Found<V> {
    manifest: VerifiedManifest,
    manifest_value: V,
    entries: EntryMap<Rc<Held<V>>>,
    faults: EntryMap<Fault>,
    number: u64,
    read_at: Timestamp,
}

impl<V> View for Found<V> {
    fn manifest(&self) -> Result<&VerifiedManifest, Fault> {
        Ok(&self.manifest)
    }

    fn entry(&self, key: EntryKey) -> Result<&VerifiedEntry, Fault> {
        match self.entries.get(key) {
            Some(held) => Ok(&held.entry),
            None => Err(self.faults.get(key).cloned().unwrap_or(Fault::Missing)),
        }
    }
}
