//! The reader: a state machine without I/O, which says what to read, is told what came and when, and decides.
//!
//! It keeps what it has verified (the memo), and no promise, timer or request. So any number of lookups may be in flight
//! at once, and their answers may come late, twice, out of order, or never.
//!
//! The driver's protocol, call by call, is the table in `pkg-template/lib/driver.js`. A ticket whose answer never comes
//! costs nothing.

use std::rc::Rc;

use super::breaker::{Breaker, OPEN_MS};
use super::memo::{Memo, Progress, Rejected, manifest_miss};
pub use super::options::Options;
use super::pace::Pace;
use super::standing::Standing;
use super::step::{Answer, Items, Step, Ticket};
use crate::domain::decide::decision::{Hit, Miss, Policy};
use crate::domain::decide::records::Records;
use crate::domain::decide::route::{Lookup, Need, need};
use crate::domain::key::{EntryKey, EntryMap, EntrySet, Key};
use crate::domain::reason::Reason;
use crate::domain::report::health::{HealthStatus, status};
use crate::domain::report::journal::Journal;
use crate::domain::report::log::LogEvent;
use crate::domain::time::Timestamp;
use crate::domain::verify::VerifiedManifest;
use crate::domain::verify::fault::Fault;

/// The most reads for one lookup: the manifest, the entries that changed, and once more if that read was torn.
pub(super) const MOST_READS: u8 = 3;

/// A reader: the memo, the breaker, and the journal.
#[derive(Debug)]
pub struct Reader<V> {
    pub(super) options: Options,
    pub(super) memo: Option<Memo<V>>,
    /// The last snapshot that could not be adopted, so that the same bytes are not verified again.
    pub(super) rejected: Option<Memo<V>>,
    /// The last manifest that did not verify, and its fault.
    bad_manifest: Option<(V, Fault)>,
    /// The last of each entry that did not verify.
    bad_entries: EntryMap<Rc<Rejected<V>>>,
    /// The highest version that was served.
    pub(super) floor: u64,
    /// The number of the latest read.
    reads: u64,
    /// The pace of the reads behind answers.
    pub(super) pace: Pace,
    pub(super) breaker: Breaker,
    pub(super) journal: Journal,
}

impl<V: Records> Reader<V> {
    /// A cold reader.
    pub fn new(options: Options) -> Self {
        Self::resume(options, 0, 0)
    }

    /// A cold reader in place of one that was lost. It serves nothing below `floor`, the highest version that the lost
    /// one had served, and numbers its reads above `reads`, so that reads in flight keep their place in the order.
    pub fn resume(options: Options, floor: u64, reads: u64) -> Self {
        let journal = Journal::new(options.log_window_ms);
        let breaker = Breaker::new(options.wait(OPEN_MS));
        let options = Options { refresh_ms: options.wait(options.refresh_ms), ..options };
        let (memo, rejected, bad_manifest) = (None, None, None);
        let (bad_entries, pace) = (EntryMap::default(), Pace::default());
        let floor = floor.max(options.min_version);
        Self { options, memo, rejected, bad_manifest, bad_entries, floor, reads, pace, breaker, journal }
    }

    /// Whether a lookup that looks at these entries is answered from memory: no read is due.
    pub fn has_answer(&self, needed: EntrySet, now: Timestamp) -> bool {
        self.memo.as_ref().is_some_and(|memo| !self.is_due(memo, now) && memo.knows_all(needed))
    }

    /// The answer from memory, if no read is due.
    pub fn peek(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Option<Result<Hit, Miss>> {
        if !self.has_answer(lookup.needed(), now) {
            return None;
        }
        let result = self.memo.as_ref()?.decide(lookup, &self.policy(), now);
        Some(self.decided(result, now))
    }

    /// For how long a hit from memory stays the same. `None` for a cold reader.
    pub fn standing(&self, now: Timestamp) -> Option<Standing<'_, V>> {
        let memo = self.memo.as_ref()?;
        let refresh_ms = self.options.refresh_ms;
        // A read is due now if the clock was set back, and is not if it is set forward again.
        let was_set_back = now < memo.read_at && self.is_due(memo, now);
        let is_whole = memo.faults.iter().next().is_none();
        Some(Standing {
            due_at: if was_set_back { now } else { memo.read_at.plus(refresh_ms) },
            expires_at: memo.manifest.checked_at().plus(self.options.max_age_ms).plus(1),
            manifest: (is_whole && self.breaker.is_calm() && !was_set_back).then_some(&memo.manifest_value),
            number: memo.number,
            refresh_ms,
        })
    }

    /// Begins a lookup.
    pub fn begin(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        match self.peek(lookup, now) {
            Some(result) => Step::Decided(result),
            None => self.begin_read(lookup.needed(), false, now),
        }
    }

    /// Begins a lookup that is not answered from memory, and looks at these entries. Its names are needed when its read has
    /// been answered. One that `joins` a read that is under way does not ask the breaker, which keeps reads from being made.
    pub fn begin_read(&mut self, needed: EntrySet, joins: bool, now: Timestamp) -> Step {
        if !joins && !self.breaker.admits(now) {
            let miss = Miss::new(Reason::BreakerOpen, "too many reads of the store failed just now");
            return Step::Decided(self.decided(Err(miss), now));
        }
        // A warm reader reads the manifest and the entries that it does not hold, a cold one everything that it needs.
        let entries = self.missing(needed);
        self.read(entries, 1, now)
    }

    /// Takes over what the driver has done alone (see [`Standing`]): it has numbered reads up to `reads`, and the one with
    /// this number brought the memo's own manifest; 0 if none did.
    pub fn catch_up(&mut self, reads: u64, number: u64, began_at: Timestamp) {
        self.reads = self.reads.max(reads);
        if let Some(memo) = self.memo.as_mut().filter(|memo| number > memo.number) {
            memo.read_again(number, began_at);
            self.pace.heard();
        }
    }

    /// Continues a lookup when its read was answered, failed, or ran out of time.
    pub fn receive(&mut self, ticket: &Ticket, answer: Answer<V>, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        let mut found = match self.progress(ticket, answer, lookup.needed(), now) {
            Progress::Again(ticket) => return Step::Read(ticket),
            Progress::Failed(miss) => return Step::Decided(self.decided(Err(miss), now)),
            Progress::Found(found) => *found,
        };
        if let Some(memo) = &self.memo {
            // A read that began later has brought a newer snapshot: this answer is not a rollback, only slow.
            if memo.number > found.number && found.is_older_than(memo) {
                return self.decide_by_memo(ticket, lookup, now);
            }
            found.not_before(memo);
        }
        let result = found.decide(lookup, &self.policy(), now);
        match &result {
            Err(miss) if miss.reason <= Reason::Rollback => self.rejected = Some(found),
            _ => self.adopt(found, lookup.needed()),
        }
        Step::Decided(self.decided(result, now))
    }

    /// The manifest of the memo.
    pub fn manifest(&self) -> Option<&VerifiedManifest> {
        self.memo.as_ref().map(|memo| &memo.manifest)
    }

    /// The verified value that the memo holds under a key.
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

    /// The verdict of the health block, with the hit rate (0 to 1) of whoever hands out the answers.
    pub fn health(&self, hit_rate: Option<f64>, now: Timestamp) -> HealthStatus {
        status(self.manifest().map(VerifiedManifest::checked_at), hit_rate, false, now, self.options.max_age_ms)
    }

    fn read(&mut self, entries: EntrySet, attempt: u8, now: Timestamp) -> Step {
        Step::Read(self.ticket(entries, attempt, now))
    }

    pub(super) fn ticket(&mut self, entries: EntrySet, attempt: u8, now: Timestamp) -> Ticket {
        self.reads += 1;
        Ticket { number: self.reads, attempt, started_at: now, entries }
    }

    /// Evaluates one answer: it failed, another read is needed, or a snapshot was found.
    pub(super) fn progress(
        &mut self,
        ticket: &Ticket,
        answer: Answer<V>,
        needed: EntrySet,
        now: Timestamp,
    ) -> Progress<V> {
        let items = match answer {
            Answer::Items(items) => items,
            Answer::TimedOut => return self.failed(Reason::Timeout, "the store did not answer in time", now),
            Answer::Failed(message) => return self.failed(Reason::Unavailable, &message, now),
        };
        self.answered(now);
        self.examine(ticket, items, needed, now)
    }

    /// Evaluates what the store answered.
    pub(super) fn examine(
        &mut self,
        ticket: &Ticket,
        items: Items<V>,
        needed: EntrySet,
        now: Timestamp,
    ) -> Progress<V> {
        let found = match self.judge(ticket, items) {
            Ok(found) => found,
            Err(miss) => return Progress::Failed(miss),
        };
        if ticket.attempt < MOST_READS {
            // The manifest has changed: read what changed, together with the manifest, so that both are of one time.
            let unheld = self.unheld(&found, needed);
            if !unheld.is_within(ticket.entries) {
                return Progress::Again(self.ticket(ticket.entries.union(unheld), ticket.attempt + 1, now));
            }
            // The store was written during the read: read once more.
            if found.faults.iter().any(|(_, rejected)| rejected.fault.may_be_torn()) {
                self.rejected = Some(found);
                return Progress::Again(self.ticket(ticket.entries, MOST_READS, now));
            }
        }
        Progress::Found(Box::new(found))
    }

    /// Verifies what a read brought, and takes over the entries of the same snapshot that are held.
    pub(super) fn judge(&mut self, ticket: &Ticket, items: Items<V>) -> Result<Memo<V>, Miss> {
        let is_absent = |key: &EntryKey| *key != EntryKey::PlanHints && !items.entries.contains(*key);
        let absent = ticket.entries.iter().find(is_absent);
        let value = items.manifest.as_ref().map(|item| &item.value);
        if let (Some(value), Some((judged, fault))) = (value, &self.bad_manifest)
            && value.is_same_text(judged, false)
        {
            return Err(manifest_miss(fault, absent));
        }
        // The snapshots that were verified or refused before.
        let known = [self.memo.as_ref(), self.rejected.as_ref()];
        match Memo::of(ticket, items, known, &mut self.bad_entries, self.reads) {
            Ok(mut found) => {
                known.into_iter().flatten().for_each(|known| found.keep(known));
                Ok(found)
            }
            Err((fault, value)) => {
                let miss = manifest_miss(&fault, absent);
                self.bad_manifest = value.map(|value| (value, fault));
                Err(miss)
            }
        }
    }

    fn answered(&mut self, now: Timestamp) {
        self.pace.heard();
        if self.breaker.succeeded() {
            self.journal.recovered(self.version(), now);
        }
    }

    fn failed(&mut self, reason: Reason, message: &str, now: Timestamp) -> Progress<V> {
        self.pace.heard();
        self.breaker.failed(now);
        Progress::Failed(Miss::new(reason, message))
    }

    /// Whether an entry is wanted: the lookup needs it, or the memo has it, valid or not. So a bad entry is read again
    /// at every refresh, whichever lookup causes it.
    fn is_wanted(&self, key: EntryKey, needed: EntrySet) -> bool {
        needed.contains(key) || self.memo.as_ref().is_some_and(|memo| memo.knows(key))
    }

    /// The wanted entries that the memo does not hold.
    pub(super) fn missing(&self, needed: EntrySet) -> EntrySet {
        let held = |key| self.memo.as_ref().is_some_and(|memo| memo.entries.contains(key));
        EntrySet::of(|key| self.is_wanted(key, needed) && !held(key))
    }

    /// The wanted entries that a snapshot does not hold as its manifest names them.
    pub(super) fn unheld(&self, found: &Memo<V>, needed: EntrySet) -> EntrySet {
        EntrySet::of(|key| self.is_wanted(key, needed) && !found.holds(key, &found.manifest))
    }

    fn decide_by_memo(&mut self, ticket: &Ticket, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        let missing = self.missing(lookup.needed());
        if !missing.is_empty() && ticket.attempt < MOST_READS {
            return self.read(missing, ticket.attempt + 1, now);
        }
        let gone = || Err(Miss::new(Reason::KeyMissing, "a newer snapshot was read meanwhile, and is gone"));
        let result = self.memo.as_ref().map_or_else(gone, |memo| memo.decide(lookup, &self.policy(), now));
        Step::Decided(self.decided(result, now))
    }

    /// Makes a snapshot the memo. It remembers bad plan hints, so that not every lookup reads them again. Any other bad
    /// entry is no hit, and is read again.
    pub(super) fn adopt(&mut self, mut found: Memo<V>, needed: EntrySet) {
        for key in EntryKey::ALL {
            if need(needed, key) != Need::Hint {
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

    pub(super) fn policy(&self) -> Policy {
        let Options { max_age_ms, signed, .. } = self.options;
        Policy { max_age_ms, version_floor: self.floor, signed }
    }

    pub(super) fn decided(&mut self, result: Result<Hit, Miss>, now: Timestamp) -> Result<Hit, Miss> {
        if let (Ok(_), Some(version)) = (&result, self.version()) {
            self.floor = self.floor.max(version);
        }
        self.journal.decided(&result, self.version(), now);
        result
    }

    pub(super) fn version(&self) -> Option<u64> {
        self.manifest().map(VerifiedManifest::version)
    }
}
