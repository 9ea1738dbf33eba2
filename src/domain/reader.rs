//! The reading side as a state machine without I/O: it says what to read, is told what came and when, and decides.
//!
//! It keeps what it has verified (the memo) and nothing else: no promise, no timer, no request. So any number of
//! lookups may be under way at once, and their answers may come late, twice, out of order, or never.

use std::rc::Rc;

use super::breaker::Breaker;
use super::decision::{Hit, Miss, Policy, covers, decide};
use super::error::Fault;
use super::exchange::{Answer, Items, Step, Ticket};
use super::freshness::DEFAULT_MAX_AGE_MS;
use super::health::{Health, Standing, health};
use super::journal::Journal;
use super::key::{EntryKey, EntryMap, Key};
use super::log::LogEvent;
use super::memo::{Held, Memo};
use super::reason::Reason;
use super::route::{Lookup, Need, need, needed};
use super::stats::Stats;
use super::time::Timestamp;
use super::verify::{VerifiedManifest, verify_entry, verify_manifest};

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

/// A reader: the memo, the breaker, and the journal.
#[derive(Debug)]
pub struct Reader<V> {
    options: Options,
    memo: Option<Memo<V>>,
    /// The highest version that was verified.
    floor: u64,
    reads: u64,
    breaker: Breaker,
    journal: Journal,
}

impl<V> Reader<V> {
    /// A cold reader.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let journal = Journal::new(options.log_window_ms);
        Self { options, memo: None, floor: 0, reads: 0, breaker: Breaker::default(), journal }
    }

    /// The answer from memory, if there is one: no I/O is due.
    pub fn peek(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Option<Result<Hit, Miss>> {
        let memo = self.memo.as_ref()?;
        if now.elapsed_since(memo.read_at) >= self.options.refresh_ms || !covers(|key| memo.knows(key), lookup) {
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
        let entries = self.missing(lookup);
        self.read(entries, 1, now)
    }

    /// A lookup that cannot be answered at all: `reason` is one that no read would change.
    pub fn refuse(&mut self, reason: Reason, message: &str, now: Timestamp) -> Miss {
        let miss = Miss::new(reason, message);
        self.journal.decided(&Err(miss.clone()), self.version(), now);
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
            self.journal.recovered(self.version(), now);
        }
        let mut found = match examine(ticket, items) {
            Ok(found) => found,
            Err(miss) => return Step::Decided(self.decided(Err(miss), now)),
        };
        if ticket.attempt < MOST_READS {
            // The manifest has changed: read what changed, together with the manifest, so that both are of one time.
            let stale = self.stale_under(&found.manifest, lookup);
            let unread: Vec<_> = stale.filter(|key| !ticket.entries.contains(key)).collect();
            if !unread.is_empty() {
                let entries = ticket.entries.iter().copied().chain(unread).collect();
                return self.read(entries, ticket.attempt + 1, now);
            }
            // The store was written while it was read: read once more.
            if found.faults.iter().any(|(_, fault)| fault.may_be_torn()) {
                return self.read(ticket.entries.clone(), MOST_READS, now);
            }
        }
        if let Some(memo) = &self.memo {
            // A read that began later has brought a newer snapshot: this one is no rollback, only slow.
            if memo.number > found.number && found.is_older_than(memo) {
                return self.decide_by_memo(ticket, lookup, now);
            }
            found.keep(memo);
        }
        let result = decide(&found, lookup, &self.policy(), now);
        if result.as_ref().err().is_none_or(|miss| miss.reason > Reason::Rollback) {
            self.adopt(found, lookup);
        }
        Step::Decided(self.decided(result, now))
    }

    /// Takes an answer that came after its lookup had given up. It serves later lookups, if it is whole.
    pub fn receive_late(&mut self, ticket: &Ticket, items: Items<V>) {
        let Ok(mut found) = examine(ticket, items) else { return };
        let behind = found.manifest.version() < self.floor;
        let older = self.memo.as_ref().is_some_and(|memo| memo.number > ticket.number);
        if behind || older || !found.faults.is_empty() {
            return;
        }
        let nothing = Lookup::default();
        // Without this a manifest that came alone would cost the entries that it no longer names.
        let whole = self.stale_under(&found.manifest, &nothing).all(|key| found.entries.contains(key));
        if whole {
            if let Some(memo) = &self.memo {
                found.keep(memo);
            }
            self.adopt(found, &nothing);
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
        self.journal.take_events()
    }

    /// The counters since the reader was made.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        self.journal.stats()
    }

    /// The health block.
    #[must_use]
    pub fn health(&self, now: Timestamp) -> Health {
        health(self.manifest().map(Standing::from), self.stats(), false, now, self.options.max_age_ms)
    }

    fn read(&mut self, entries: Vec<EntryKey>, attempt: u8, now: Timestamp) -> Step {
        self.reads += 1;
        Step::Read(Ticket { number: self.reads, attempt, started_at: now, entries })
    }

    fn failed(&mut self, reason: Reason, message: &str, now: Timestamp) -> Step {
        self.breaker.failed(now);
        Step::Decided(self.decided(Err(Miss::new(reason, message)), now))
    }

    /// The entries that a lookup needs and the memo has never held.
    fn missing(&self, lookup: &Lookup<'_>) -> Vec<EntryKey> {
        let held = |key| self.memo.as_ref().is_some_and(|memo| memo.entries.contains(key));
        needed(lookup).filter(|key| !held(*key)).collect()
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
        let current = move |key: &EntryKey| memo.is_some_and(|memo| memo.holds(*key, manifest));
        EntryKey::ALL.into_iter().filter(wanted).filter(move |key| !current(key))
    }

    fn decide_by_memo(&mut self, ticket: &Ticket, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        let missing = self.missing(lookup);
        if !missing.is_empty() && ticket.attempt < MOST_READS {
            return self.read(missing, ticket.attempt + 1, now);
        }
        let gone = || Err(Miss::new(Reason::KeyMissing, "a newer snapshot was read meanwhile, and is gone"));
        let result = self.memo.as_ref().map_or_else(gone, |memo| decide(memo, lookup, &self.policy(), now));
        Step::Decided(self.decided(result, now))
    }

    /// What was found becomes the memo. Of what was bad it remembers the hints, so that not every lookup reads them
    /// again; anything else that is bad is no hit, and is read again.
    fn adopt(&mut self, mut found: Memo<V>, lookup: &Lookup<'_>) {
        for key in EntryKey::ALL {
            if need(lookup, key) != Need::Hint {
                found.faults.remove(key);
            }
        }
        self.floor = self.floor.max(found.manifest.version());
        self.memo = Some(found);
    }

    fn policy(&self) -> Policy {
        Policy { max_age_ms: self.options.max_age_ms, version_floor: self.floor }
    }

    fn decided(&mut self, result: Result<Hit, Miss>, now: Timestamp) -> Result<Hit, Miss> {
        self.journal.decided(&result, self.version(), now);
        result
    }

    fn version(&self) -> Option<u64> {
        self.manifest().map(VerifiedManifest::version)
    }
}

/// Verifies what a read brought: a memo to be, if its manifest is good.
fn examine<V>(ticket: &Ticket, mut items: Items<V>) -> Result<Memo<V>, Miss> {
    let verified = items.manifest.ok_or(Fault::Missing).and_then(|item| {
        let manifest = verify_manifest(&item.text)?;
        Ok((manifest, item.value))
    });
    let (manifest, manifest_value) = verified.map_err(|fault| Miss::of(Key::Manifest, &fault))?;
    let (mut entries, mut faults) = (EntryMap::default(), EntryMap::default());
    for key in ticket.entries.iter().copied() {
        let item = items.entries.remove(key).ok_or(Fault::Missing);
        match item.and_then(|item| Ok((verify_entry(key, &item.text, &manifest)?, item.value))) {
            Ok((entry, value)) => entries.insert(key, Rc::new(Held { entry, value })),
            Err(fault) => faults.insert(key, fault),
        }
    }
    Ok(Memo { manifest, manifest_value, entries, faults, number: ticket.number, read_at: ticket.started_at })
}
