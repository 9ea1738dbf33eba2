//! The reading side as a state machine without I/O: it says what to read, is told what came and when, and decides.
//!
//! It keeps what it has verified (the memo) and nothing else: no promise, no timer, no request. So any number of
//! lookups may be under way at once, and their answers may come late, twice, out of order, or never.

use super::breaker::Breaker;
use super::memo::Memo;
pub use super::options::Options;
use super::step::{Answer, Items, Step, Ticket};
use crate::domain::decide::decision::{Hit, Miss, Policy, covers, decide};
use crate::domain::decide::records::Records;
use crate::domain::decide::route::{Lookup, Need, need};
use crate::domain::key::{EntryKey, Key};
use crate::domain::reason::Reason;
use crate::domain::report::health::{Health, Standing, health};
use crate::domain::report::journal::Journal;
use crate::domain::report::log::LogEvent;
use crate::domain::report::stats::Stats;
use crate::domain::time::Timestamp;
use crate::domain::verify::VerifiedManifest;
use crate::domain::verify::fault::Fault;

/// Reads that one lookup may cause: the manifest, what changed, and once more if that was torn.
const MOST_READS: u8 = 3;

/// How long after one read behind an answer the next may set out, in milliseconds. Whether the first is still under
/// way is not known: its request may have been cancelled, and never come back.
const BEHIND_EVERY_MS: u64 = 1_000;

/// A reader: the memo, the breaker, and the journal.
#[derive(Debug)]
pub struct Reader<V> {
    options: Options,
    memo: Option<Memo<V>>,
    /// The snapshot that was read last and could not be adopted, so that the same bytes are not judged again.
    rejected: Option<Memo<V>>,
    /// A manifest that did not verify, and what is wrong with it.
    bad_manifest: Option<(V, Fault)>,
    /// The highest version that was served.
    floor: u64,
    /// The number of the latest read.
    reads: u64,
    /// When the last read behind an answer set out.
    behind_at: Option<Timestamp>,
    breaker: Breaker,
    journal: Journal,
}

impl<V: Records> Reader<V> {
    /// A cold reader.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::resume(options, 0, 0)
    }

    /// A cold reader in place of one that was lost. It serves nothing below `floor`, the highest version that the lost
    /// one had served, and numbers its reads above `reads`, so that what is still under way keeps its place in their
    /// order.
    #[must_use]
    pub fn resume(options: Options, floor: u64, reads: u64) -> Self {
        let journal = Journal::new(options.log_window_ms);
        let (memo, rejected, bad_manifest, behind_at) = (None, None, None, None);
        Self { options, memo, rejected, bad_manifest, floor, reads, behind_at, breaker: Breaker::default(), journal }
    }

    /// The answer from memory, if there is one: no I/O is due.
    pub fn peek(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Option<Result<Hit, Miss>> {
        let memo = self.memo.as_ref()?;
        if self.is_due(memo, now) || !covers(|key| memo.knows(key), lookup) {
            return None;
        }
        let result = decide(memo, lookup, &self.policy(), now);
        Some(self.decided(result, now))
    }

    /// The time before which every hit that memory gives at `now` stays the hit that it is: nothing is due to be read, and
    /// nothing expires. It is `now` where a read is due already, and `None` for a cold reader.
    #[must_use]
    pub fn good_until(&self, now: Timestamp) -> Option<Timestamp> {
        let memo = self.memo.as_ref()?;
        if self.is_due(memo, now) {
            return Some(now);
        }
        Some(memo.read_at.plus(self.options.refresh_ms).min(self.expires_at()?))
    }

    /// The time from which the memo is too old to be served, read again or not. `None` for a cold reader.
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.memo.as_ref()?.manifest.checked_at().plus(self.options.max_age_ms).plus(1))
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
        // A warm reader asks for the manifest, and for what it does not hold; a cold one for all that it needs.
        let entries = self.missing(lookup);
        self.read(entries, 1, now)
    }

    /// Begins a lookup whose caller can go on reading after it has answered: a hit from memory that is due to be
    /// refreshed is served at once, and refreshed behind it. Its age is bounded as ever.
    pub fn begin_behind(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        if let Some(result) = self.peek(lookup, now) {
            return Step::Decided(result);
        }
        let known = self.memo.as_ref().filter(|memo| covers(|key| memo.knows(key), lookup));
        match known.map(|memo| decide(memo, lookup, &self.policy(), now)) {
            Some(Ok(hit)) => self.refresh_behind(hit, now),
            _ => self.begin(lookup, now),
        }
    }

    fn refresh_behind(&mut self, hit: Hit, now: Timestamp) -> Step {
        let just_begun = self.behind_at.is_some_and(|at| now.distance(at) < BEHIND_EVERY_MS);
        let is_held_back = just_begun || !self.breaker.admits(now);
        let served = self.decided(Ok(hit.clone()), now);
        if is_held_back {
            return Step::Decided(served);
        }
        self.behind_at = Some(now);
        let entries = self.missing(&Lookup::default());
        Step::Behind(hit, self.ticket(entries, 1, now))
    }

    /// Goes on with a read behind an answer: the next read to make, if there is one. What it brings becomes the memo
    /// if it is whole; otherwise the memo stands, and the log says why.
    pub fn receive_behind(&mut self, ticket: &Ticket, answer: Answer<V>, now: Timestamp) -> Option<Ticket> {
        let nothing = Lookup::default();
        match self.progress(ticket, answer, &nothing, now) {
            Progress::Again(ticket) => return Some(ticket),
            Progress::Failed(miss) => self.journal.failed(&miss, self.version(), now),
            Progress::Found(found) => {
                if let Err(miss) = self.adopt_whole(ticket, *found) {
                    self.journal.failed(&miss, self.version(), now);
                }
            }
        }
        None
    }

    /// A lookup that cannot be answered at all: `reason` is one that no read would change.
    pub fn refuse(&mut self, reason: Reason, message: &str, now: Timestamp) -> Miss {
        let miss = Miss::new(reason, message);
        self.journal.decided(&Err(miss.clone()), self.version(), now);
        miss
    }

    /// Takes a manifest that a read brought alone, and gives whether it is the memo's and nothing more is to be read. Then
    /// every hit from memory stands until [`Self::good_until`]. If not, the answer goes to [`Self::receive`].
    pub fn confirm(&mut self, ticket: &Ticket, manifest: &V, now: Timestamp) -> bool {
        let Some(memo) = &mut self.memo else { return false };
        let is_whole = ticket.entries.is_empty() && memo.faults.iter().next().is_none();
        if !is_whole || !manifest.is_same_text(&memo.manifest_value, true) {
            return false;
        }
        memo.read_again(ticket);
        self.answered(now);
        true
    }

    /// Goes on with a lookup when its read was answered, or was given up.
    pub fn receive(&mut self, ticket: &Ticket, answer: Answer<V>, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        let mut found = match self.progress(ticket, answer, lookup, now) {
            Progress::Again(ticket) => return Step::Read(ticket),
            Progress::Failed(miss) => return Step::Decided(self.decided(Err(miss), now)),
            Progress::Found(found) => *found,
        };
        if let Some(memo) = &self.memo {
            // A read that began later has brought a newer snapshot: this one is no rollback, only slow.
            if memo.number > found.number && found.is_older_than(memo) {
                return self.decide_by_memo(ticket, lookup, now);
            }
            found.not_before(memo);
        }
        let result = decide(&found, lookup, &self.policy(), now);
        match &result {
            Err(miss) if miss.reason <= Reason::Rollback => self.rejected = Some(found),
            _ => self.adopt(found, lookup),
        }
        Step::Decided(self.decided(result, now))
    }

    /// Takes an answer that came after its lookup had given up. It serves later lookups, if it is whole.
    pub fn receive_late(&mut self, ticket: &Ticket, items: Items<V>) {
        let Ok(found) = self.judge(ticket, items) else { return };
        // Without this a manifest that came alone would cost the entries that it no longer names.
        if self.unheld(&found, &Lookup::default()).next().is_none() {
            // What is wrong with it was said when its lookup gave up, or is read again by the next.
            let _ = self.adopt_whole(ticket, found);
        }
    }

    /// Whether a manifest's value has been judged: what comes beside it has most likely been judged too.
    #[must_use]
    pub fn knows(&self, manifest: &V) -> bool {
        self.known().into_iter().flatten().any(|memo| manifest.is_same_text(&memo.manifest_value, true))
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

    /// The health block, with what was counted by whoever gives the answers out.
    #[must_use]
    pub fn health(&self, stats: &Stats, now: Timestamp) -> Health {
        health(self.manifest().map(Standing::from), stats, false, now, self.options.max_age_ms)
    }

    fn read(&mut self, entries: Vec<EntryKey>, attempt: u8, now: Timestamp) -> Step {
        Step::Read(self.ticket(entries, attempt, now))
    }

    fn ticket(&mut self, entries: Vec<EntryKey>, attempt: u8, now: Timestamp) -> Ticket {
        self.reads += 1;
        Ticket { number: self.reads, attempt, started_at: now, entries }
    }

    /// What one answer comes to: nothing, a reason to read once more, or what was found.
    fn progress(&mut self, ticket: &Ticket, answer: Answer<V>, lookup: &Lookup<'_>, now: Timestamp) -> Progress<V> {
        let items = match answer {
            Answer::Items(items) => items,
            Answer::TimedOut => return self.failed(Reason::Timeout, "the store did not answer in time", now),
            Answer::Failed(message) => return self.failed(Reason::Unavailable, &message, now),
        };
        self.answered(now);
        let found = match self.judge(ticket, items) {
            Ok(found) => found,
            Err(miss) => return Progress::Failed(miss),
        };
        if ticket.attempt < MOST_READS {
            // The manifest has changed: read what changed, together with the manifest, so that both are of one time.
            let unread: Vec<_> = self.unheld(&found, lookup).filter(|key| !ticket.entries.contains(key)).collect();
            if !unread.is_empty() {
                let entries = ticket.entries.iter().copied().chain(unread).collect();
                return Progress::Again(self.ticket(entries, ticket.attempt + 1, now));
            }
            // The store was written while it was read: read once more.
            if found.faults.iter().any(|(_, rejected)| rejected.fault.may_be_torn()) {
                self.rejected = Some(found);
                return Progress::Again(self.ticket(ticket.entries.clone(), MOST_READS, now));
            }
        }
        Progress::Found(Box::new(found))
    }

    /// Judges what a read brought, and takes over what is held of the same snapshot.
    fn judge(&mut self, ticket: &Ticket, items: Items<V>) -> Result<Memo<V>, Miss> {
        let is_absent = |key: &EntryKey| *key != EntryKey::PlanHints && !items.entries.contains(*key);
        let absent = ticket.entries.iter().copied().find(is_absent);
        let value = items.manifest.as_ref().map(|item| &item.value);
        if let (Some(value), Some((judged, fault))) = (value, &self.bad_manifest)
            && value.is_same_text(judged, false)
        {
            return Err(manifest_miss(fault, absent));
        }
        match Memo::of(ticket, items, self.known(), self.reads) {
            Ok(mut found) => {
                self.known().into_iter().flatten().for_each(|known| found.keep(known));
                Ok(found)
            }
            Err((fault, value)) => {
                let miss = manifest_miss(&fault, absent);
                self.bad_manifest = value.map(|value| (value, fault));
                Err(miss)
            }
        }
    }

    /// What has been judged: the memo, and the snapshot that could not become one.
    fn known(&self) -> [Option<&Memo<V>>; 2] {
        [self.memo.as_ref(), self.rejected.as_ref()]
    }

    fn answered(&mut self, now: Timestamp) {
        if self.breaker.succeeded() {
            self.journal.recovered(self.version(), now);
        }
    }

    fn failed(&mut self, reason: Reason, message: &str, now: Timestamp) -> Progress<V> {
        self.breaker.failed(now);
        Progress::Failed(Miss::new(reason, message))
    }

    /// What a read brought that no lookup waits for becomes the memo, if nothing is wrong with it but plan hints.
    fn adopt_whole(&mut self, ticket: &Ticket, mut found: Memo<V>) -> Result<(), Miss> {
        if self.memo.as_ref().is_some_and(|memo| memo.number > ticket.number) {
            return Ok(());
        }
        let any = Lookup { template_id: Some(""), plan: Some(""), ..Lookup::default() };
        let wrong = found.faults.iter().find(|(key, _)| need(&any, *key) == Need::Required);
        let admitted = match wrong {
            Some((key, rejected)) => Err(Miss::of(Key::Entry(key), &rejected.fault)),
            None => self.policy().admits(&found.manifest),
        };
        if let Err(miss) = admitted {
            self.rejected = Some(found);
            return Err(miss);
        }
        if let Some(memo) = &self.memo {
            found.not_before(memo);
        }
        self.adopt(found, &any);
        Ok(())
    }

    /// Whether an entry is wanted: a lookup needs it, or the memo has it, valid or not. So a bad one is read again at
    /// every refresh, whoever causes that.
    fn is_wanted(&self, key: EntryKey, lookup: &Lookup<'_>) -> bool {
        need(lookup, key) != Need::Unneeded || self.memo.as_ref().is_some_and(|memo| memo.knows(key))
    }

    /// The wanted entries that the memo does not hold.
    fn missing(&self, lookup: &Lookup<'_>) -> Vec<EntryKey> {
        let held = |key| self.memo.as_ref().is_some_and(|memo| memo.entries.contains(key));
        EntryKey::ALL.into_iter().filter(|key| self.is_wanted(*key, lookup) && !held(*key)).collect()
    }

    /// The wanted entries that a snapshot, as far as it was read, does not hold as its manifest names them.
    fn unheld<'a>(&'a self, found: &'a Memo<V>, lookup: &'a Lookup<'a>) -> impl Iterator<Item = EntryKey> + 'a {
        EntryKey::ALL.into_iter().filter(|key| self.is_wanted(*key, lookup) && !found.holds(*key, &found.manifest))
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
        (self.rejected, self.bad_manifest) = (None, None);
        self.memo = Some(found);
    }

    /// Whether the reader must ask the store before it serves from this memo.
    fn is_due(&self, memo: &Memo<V>, now: Timestamp) -> bool {
        now.distance(memo.read_at) >= self.options.refresh_ms
    }

    fn policy(&self) -> Policy {
        let Options { max_age_ms, signature, .. } = self.options;
        Policy { max_age_ms, version_floor: self.floor, signature }
    }

    fn decided(&mut self, result: Result<Hit, Miss>, now: Timestamp) -> Result<Hit, Miss> {
        if let (Ok(_), Some(version)) = (&result, self.version()) {
            self.floor = self.floor.max(version);
        }
        self.journal.decided(&result, self.version(), now);
        result
    }

    fn version(&self) -> Option<u64> {
        self.manifest().map(VerifiedManifest::version)
    }
}

/// Why a read whose manifest is bad is no snapshot; that a needed entry is not there stands first in the table.
fn manifest_miss(fault: &Fault, absent: Option<EntryKey>) -> Miss {
    match absent {
        Some(key) if fault.reason() > Reason::KeyMissing => Miss::of(Key::Entry(key), &Fault::Missing),
        _ => Miss::of(Key::Manifest, fault),
    }
}

/// What one answer comes to.
enum Progress<V> {
    /// Another read is to be made.
    Again(Ticket),
    /// The store did not answer, or its manifest is bad.
    Failed(Miss),
    /// A manifest that is good, and the entries that were asked for or what is wrong with them.
    Found(Box<Memo<V>>),
}
