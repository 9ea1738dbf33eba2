//! Reads that no lookup waits for: behind an answer, and after their lookup has timed out.

use super::memo::{Memo, Progress};
use super::reader::Reader;
use super::step::{Answer, Items, Step, Ticket};
use crate::domain::decide::decision::{Hit, Miss};
use crate::domain::decide::records::Records;
use crate::domain::decide::route::Lookup;
use crate::domain::key::EntrySet;
use crate::domain::time::Timestamp;

impl<V: Records> Reader<V> {
    /// Begins a lookup whose caller can go on reading after the answer: if the memo is due to be refreshed, a hit is
    /// served from it at once, and the refresh runs behind. The bound on its age still holds.
    pub fn begin_behind(&mut self, lookup: &Lookup<'_>, now: Timestamp) -> Step {
        if let Some(result) = self.peek(lookup, now) {
            return Step::Decided(result);
        }
        let known = self.memo.as_ref().filter(|memo| memo.knows_all(lookup.needed()));
        match known.map(|memo| memo.decide(lookup, &self.policy(), now)) {
            Some(Ok(hit)) => self.refresh_behind(hit, now),
            _ => self.begin(lookup, now),
        }
    }

    fn refresh_behind(&mut self, hit: Hit, now: Timestamp) -> Step {
        let is_held_back = self.pace.holds_back(now, self.options.refresh_ms) || !self.breaker.admits(now);
        let served = self.decided(Ok(hit.clone()), now);
        if is_held_back {
            return Step::Decided(served);
        }
        self.pace.began(now);
        let entries = self.missing(Lookup::default().needed());
        Step::Behind(hit, self.ticket(entries, 1, now))
    }

    /// Continues a read behind an answer, and returns the next read, if there is one. A valid snapshot becomes the memo;
    /// otherwise the memo stands, and the log says why.
    pub fn receive_behind(&mut self, ticket: &Ticket, answer: Answer<V>, now: Timestamp) -> Option<Ticket> {
        match self.progress(ticket, answer, Lookup::default().needed(), now) {
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

    /// Takes an answer that came after its lookup had timed out. A valid snapshot serves later lookups. Returns the next
    /// read, if the snapshot is a new one: nobody waits for it, so there are no more of them than of the reads behind answers.
    pub fn receive_late(&mut self, ticket: &Ticket, items: Items<V>, now: Timestamp) -> Option<Ticket> {
        if self.memo.as_ref().is_some_and(|memo| memo.number > ticket.number) {
            return None;
        }
        let needed = Lookup::default().needed();
        match self.examine(ticket, items, needed, now) {
            Progress::Again(_) if self.pace.holds_back(now, self.options.refresh_ms) => None,
            Progress::Again(next) => {
                self.pace.began(now);
                Some(next)
            }
            // Without this a manifest that came alone would cost the entries that it no longer names.
            Progress::Found(found) if self.unheld(&found, needed).is_empty() => {
                // Its fault needs no log line: the lookup has logged the time-out, and the next one reads again.
                let _ = self.adopt_whole(ticket, *found);
                None
            }
            Progress::Found(_) | Progress::Failed(_) => None,
        }
    }

    /// Adopts a snapshot from a read that no lookup waits for, if at most its plan hints are invalid.
    pub(super) fn adopt_whole(&mut self, ticket: &Ticket, found: Memo<V>) -> Result<(), Miss> {
        if self.memo.as_ref().is_some_and(|memo| memo.number > ticket.number) {
            return Ok(());
        }
        let mut found = self.admitted(found)?;
        if let Some(memo) = &self.memo {
            found.not_before(memo);
        }
        self.adopt(found, EntrySet::ALL);
        Ok(())
    }
}
