//! The refresh hints that wait for a sync, and those that a sync could not satisfy.
//!
//! Venice sends the same hint for as long as it lacks the same record. If Michael does not have it either, no sync
//! helps: such a hint leads to one sync, and to no other until Michael has changed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// The most hints that are remembered; more are forgotten all at once, and may lead to one sync each again.
const MOST: usize = 10_000;

/// Hints by a hash of their header: what comes from outside is neither kept nor repeated.
#[derive(Debug, Default)]
pub struct Hints {
    hasher: RandomState,
    waiting: HashSet<u64>,
    unsatisfied: HashSet<u64>,
}

impl Hints {
    /// Remembers a hint, and says whether it asks for a sync.
    pub fn add(&mut self, header: &str) -> bool {
        let hint = self.hasher.hash_one(header);
        if self.unsatisfied.contains(&hint) {
            return false;
        }
        if self.waiting.len() >= MOST {
            self.waiting.clear();
        }
        self.waiting.insert(hint);
        true
    }

    /// Hands over the hints that the sync which begins now may satisfy.
    pub fn take(&mut self) -> HashSet<u64> {
        std::mem::take(&mut self.waiting)
    }

    /// A sync has published, or another job's has: every hint counts again.
    pub fn published(&mut self) {
        self.unsatisfied.clear();
    }

    /// A sync has found nothing new, so it satisfied none of these.
    pub fn unsatisfied(&mut self, hints: HashSet<u64>) {
        remember(&mut self.unsatisfied, hints);
    }

    /// A sync has failed; the next one may satisfy these.
    pub fn put_back(&mut self, hints: HashSet<u64>) {
        remember(&mut self.waiting, hints);
    }
}

/// Adds at most [`MOST`] hints.
fn remember(known: &mut HashSet<u64>, hints: HashSet<u64>) {
    if known.len().saturating_add(hints.len()) > MOST {
        known.clear();
    }
    known.extend(hints);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_was_not_satisfied_counts_again_once_michael_has_changed() {
        let mut hints = Hints::default();
        assert!(hints.add("a"));
        let taken = hints.take();
        hints.unsatisfied(taken);
        assert!(!hints.add("a"));
        assert!(hints.add("b"), "another record may have come since");
        hints.published();
        assert!(hints.add("a"));
    }

    #[test]
    fn what_is_remembered_is_bounded_however_the_syncs_end() {
        for ended in [Hints::unsatisfied, Hints::put_back] {
            let mut hints = Hints::default();
            for round in 0..3 {
                let taken = hints.take();
                // While the sync runs.
                for hint in 0..MOST {
                    hints.add(&format!("{round} {hint}"));
                }
                ended(&mut hints, taken);
                assert!(hints.unsatisfied.len() <= MOST && hints.waiting.len() <= MOST);
            }
        }
    }
}
