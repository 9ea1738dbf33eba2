//! Counters of a reader: lookups, hits, and fallbacks by reason.

use super::reason::Reason;

/// Lookups since the counters were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    hits: u64,
    fallbacks: [u64; Reason::ALL.len()],
}

impl Stats {
    /// Counts one lookup that was served.
    pub fn hit(&mut self) {
        self.hits += 1;
    }

    /// Counts one lookup that went to Paris.
    pub fn fallback(&mut self, reason: Reason) {
        if let Some(count) = self.fallbacks.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// Hits and fallbacks.
    #[must_use]
    pub fn lookups(&self) -> u64 {
        self.hits + self.fallbacks.iter().sum::<u64>()
    }

    /// Lookups that were served.
    #[must_use]
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// Fallbacks by reason, without those that did not occur.
    pub fn fallbacks(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.fallbacks).filter(|(_, count)| *count > 0)
    }

    /// Hits by lookups, 0 to 1; `None` before the first lookup.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than a double's 53 bits")]
    pub fn hit_rate(&self) -> Option<f64> {
        let lookups = self.lookups();
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_counter_of_its_own() {
        let mut stats = Stats::default();
        assert_eq!(stats.hit_rate(), None);
        stats.hit();
        for reason in Reason::ALL {
            stats.fallback(reason);
        }
        assert_eq!(stats.fallbacks().collect::<Vec<_>>(), Reason::ALL.map(|reason| (reason, 1)));
        assert_eq!((stats.hits(), stats.lookups()), (1, 15));
        assert_eq!(stats.hit_rate(), Some(1.0 / 15.0));
    }
}
