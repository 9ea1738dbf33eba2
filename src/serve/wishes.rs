//! The hints that wait for a sync, and those that a sync did not mend.
//!
//! Venice sends the same hint for as long as it lacks the same record. If Michael does not have it either, no sync
//! helps: such a hint leads to one sync, and to no other until Michael has changed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// The most hints that are remembered; more are forgotten all at once, and may lead to one sync each again.
const MOST: usize = 10_000;

/// Hints by a hash of all that they say: what comes from outside is neither kept nor repeated.
#[derive(Debug, Default)]
pub struct Wishes {
    hasher: RandomState,
    waiting: HashSet<u64>,
    unmended: HashSet<u64>,
}

impl Wishes {
    pub fn add(&mut self, header: &str) -> bool {
        let hint = self.hasher.hash_one(header);
        if self.unmended.contains(&hint) {
            return false;
        }
        if self.waiting.len() >= MOST {
            self.waiting.clear();
        }
        self.waiting.insert(hint);
        true
    }

    /// Hands over the hints that the sync which begins now may mend.
    pub fn take(&mut self) -> HashSet<u64> {
        std::mem::take(&mut self.waiting)
    }

    /// A sync has published what Michael says by now: every hint counts again.
    pub fn changed(&mut self) {
        self.unmended.clear();
    }

    /// A sync has found nothing new, so it mended none of these.
    pub fn unmended(&mut self, hints: HashSet<u64>) {
        if self.unmended.len().saturating_add(hints.len()) > MOST {
            self.unmended.clear();
        }
        self.unmended.extend(hints);
    }

    /// A sync has failed, and the next one is for these too.
    pub fn put_back(&mut self, hints: HashSet<u64>) {
        self.waiting.extend(hints);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_was_not_mended_counts_again_once_michael_has_changed() {
        let mut wishes = Wishes::default();
        assert!(wishes.add("a"));
        let taken = wishes.take();
        wishes.unmended(taken);
        assert!(!wishes.add("a"));
        assert!(wishes.add("b"), "another record may have come since");
        wishes.changed();
        assert!(wishes.add("a"));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut wishes = Wishes::default();
        for round in 0..3 {
            for hint in 0..MOST {
                wishes.add(&format!("{round} {hint}"));
            }
            let taken = wishes.take();
            wishes.unmended(taken);
        }
        assert!(wishes.unmended.len() <= MOST && wishes.waiting.len() <= MOST);
    }
}
