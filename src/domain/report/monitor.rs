//! The sum of many readers' counters over a sliding hour: Paris's view of all of Venice.
//!
//! Batches of counters are summed by the minute in which they arrive, so an hour takes sixty slots, however many batches
//! there are.

use super::stats::Stats;
use crate::domain::time::Timestamp;

const MS_PER_MINUTE: i64 = 60_000;
const MINUTES: usize = 60;

/// Counters of the last hour, by the minute.
#[derive(Debug, Clone)]
pub struct Monitor {
    /// For each minute modulo 60: the minute since the epoch, and its counters. Not on the stack, which is small in Wasm.
    slots: Vec<(i64, Stats)>,
}

impl Default for Monitor {
    fn default() -> Self {
        Self { slots: vec![(-1, Stats::default()); MINUTES] }
    }
}

impl Monitor {
    /// Adds a batch of counters that arrived at `now`.
    pub fn add(&mut self, batch: &Stats, now: Timestamp) {
        let minute = now.as_millis() / MS_PER_MINUTE;
        let place = usize::try_from(minute).unwrap_or_default() % MINUTES;
        if let Some((held, stats)) = self.slots.get_mut(place) {
            if *held != minute {
                (*held, *stats) = (minute, Stats::default());
            }
            stats.add(batch);
        }
    }

    /// The sum of the hour that ends with the minute of `now`.
    pub fn last_hour(&self, now: Timestamp) -> Stats {
        let minute = now.as_millis() / MS_PER_MINUTE;
        let mut sum = Stats::default();
        for (held, stats) in &self.slots {
            if (minute - 59..=minute).contains(held) {
                sum.add(stats);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(monitor: &Monitor, minute: i64) -> u64 {
        monitor.last_hour(Timestamp::from_millis(minute * MS_PER_MINUTE)).hits()
    }

    #[test]
    fn an_hour_slides() {
        let one = Stats::from_header("hits=1").unwrap();
        let mut monitor = Monitor::default();
        for minute in [100, 100, 101, 130] {
            monitor.add(&one, Timestamp::from_millis(minute * MS_PER_MINUTE + 59_999));
        }
        assert_eq!(hits(&monitor, 130), 4);
        assert_eq!(hits(&monitor, 159), 4);
        assert_eq!(hits(&monitor, 160), 2, "minute 100 is an hour ago");
        assert_eq!(hits(&monitor, 161), 1);
        assert_eq!(hits(&monitor, 190), 0);
        monitor.add(&one, Timestamp::from_millis(160 * MS_PER_MINUTE));
        assert_eq!(hits(&monitor, 160), 3, "a slot is used again");
        assert_eq!(hits(&monitor, 99), 0, "a clock that went back sees no future");
    }
}
