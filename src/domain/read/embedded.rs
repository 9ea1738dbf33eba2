//! What a reader serves without the store: the snapshot that came with the deployment, and the last resort.
//!
//! An embedded snapshot is a memo that no read has brought, so every rule on a memo holds for it: it is verified by the same
//! code, is replaced by what a read brings, and expires.

use super::memo::{EMBEDDED, Memo};
use super::reader::{MOST_READS, Reader};
use super::step::{Items, Ticket};
use crate::domain::decide::decision::{Hit, Miss, Policy};
use crate::domain::decide::records::Records;
use crate::domain::decide::route::Lookup;
use crate::domain::key::EntrySet;
use crate::domain::time::Timestamp;

impl<V: Records> Reader<V> {
    /// Takes the snapshot that came with the deployment. A valid one is a memo that is due to be refreshed, and nothing
    /// below its version is served. Returns that version; for one that is not valid, the log says why.
    pub fn embed(&mut self, items: Items<V>, now: Timestamp) -> Option<u64> {
        let (number, started_at) = (EMBEDDED, Timestamp::from_millis(0));
        let ticket = Ticket { number, attempt: MOST_READS, started_at, entries: EntrySet::ALL };
        // One that is refused is no floor either, even if a read has brought a memo before.
        let admitted = self.judge(&ticket, items).and_then(|found| self.admitted(found));
        let adopted = admitted.and_then(|found| {
            let version = found.manifest.version();
            // A read may have brought an older snapshot meanwhile, which must not be served after this one.
            if self.version() < Some(version) {
                self.memo = None;
            }
            self.adopt_whole(&ticket, found).map(|()| version)
        });
        match adopted {
            Ok(version) => self.floor = self.floor.max(version),
            Err(mut miss) => {
                miss.message.insert_str(0, "embedded: ");
                self.journal.failed(&miss, self.version(), now);
            }
        }
        self.version().filter(|_| self.is_embedded())
    }

    /// A snapshot that may be adopted. One that may not is remembered, so that it is not verified again.
    pub(super) fn admitted(&mut self, found: Memo<V>) -> Result<Memo<V>, Miss> {
        match found.is_admitted(&self.policy()) {
            Ok(()) => Ok(found),
            Err(miss) => {
                self.rejected = Some(found);
                Err(miss)
            }
        }
    }

    /// Whether the memo is the snapshot that came with the deployment, and the store has not confirmed it.
    pub fn is_embedded(&self) -> bool {
        self.memo.as_ref().is_some_and(Memo::is_embedded)
    }

    /// The hit that the memo gives where everything else has failed, if it is no older than `max_age_ms`. It is served, so
    /// nothing below its version is after it; its lookup was counted as a fallback.
    pub fn last_resort(&mut self, lookup: &Lookup<'_>, max_age_ms: u64, now: Timestamp) -> Option<Hit> {
        let policy = Policy { max_age_ms, ..self.policy() };
        let memo = self.memo.as_ref()?;
        let hit = memo.decide(lookup, &policy, now).ok()?;
        self.floor = self.floor.max(memo.manifest.version());
        Some(hit)
    }
}
