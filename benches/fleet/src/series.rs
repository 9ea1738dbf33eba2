//! What happens by the second, over the whole period.

use std::ops::Range;

use crate::paris::queue;
use crate::tally::{REQUEST, Tally};

/// What Paris can do, as a share of the most traffic.
const CAPACITY: f64 = 0.6;

/// What happens by the second.
pub struct Series {
    /// Requests, in millionths.
    pub requests: Vec<u64>,
    /// See [`Tally::demand`].
    pub demand: Vec<u64>,
    /// Requests to Paris.
    pub fallbacks: Vec<u64>,
    /// What a request to Paris waits in its queue, in milliseconds.
    pub queued: Vec<u64>,
    /// Reads of the store.
    reads: Vec<u64>,
    /// Those of busy isolates, and how many of these are alive.
    busy: Vec<(u32, i32)>,
}

/// A second of a series.
#[derive(Debug, Clone, Copy, Default)]
pub struct Peak {
    /// Events in it.
    pub count: u64,
    /// Which second it is.
    pub second: usize,
}

impl Series {
    /// The series of a tally.
    pub fn of(tally: &Tally) -> Self {
        let (requests, demand, fallbacks) = (tally.requests(), tally.demand(), tally.fallbacks());
        let most = requests.iter().max().map_or(0, |most| most / REQUEST);
        let queued = queue(&fallbacks, (most as f64 * CAPACITY).ceil() as u64);
        let reads = tally.seconds.iter().map(|second| u64::from(second.reads)).collect();
        let busy = tally.seconds.iter().map(|second| second.busy_reads).zip(tally.busy()).collect();
        Self { requests, demand, fallbacks, queued, reads, busy }
    }

    /// Requests to Paris beyond the demand of their second, in millionths.
    pub fn beyond_demand(&self) -> u64 {
        let beyond = |(sent, demand): (&u64, &u64)| (sent * REQUEST).saturating_sub(*demand);
        self.fallbacks.iter().zip(&self.demand).map(beyond).sum()
    }

    /// The highest load of Paris in a period.
    pub fn highest_load(&self, seconds: Range<usize>) -> Peak {
        highest(&self.fallbacks, seconds)
    }

    /// The highest second of reads in a period, and their average.
    pub fn highest_reads(&self, seconds: Range<usize>) -> (Peak, f64) {
        let average = self.reads[seconds.clone()].iter().sum::<u64>() as f64 / seconds.len() as f64;
        (highest(&self.reads, seconds), average)
    }

    /// Reads of the store by a busy isolate in an hour, as far as one was alive in these seconds.
    pub fn busy_reads_per_hour(&self, seconds: impl Iterator<Item = usize>) -> Option<f64> {
        let (reads, alive) = seconds.fold((0.0, 0.0), |(all_reads, all_alive), second| {
            let (reads, alive) = self.busy[second];
            (all_reads + f64::from(reads), all_alive + f64::from(alive))
        });
        (alive > 0.0).then(|| reads / alive * 3600.0)
    }
}

fn highest(counts: &[u64], seconds: Range<usize>) -> Peak {
    seconds.map(|second| Peak { count: counts[second], second }).max_by_key(|peak| peak.count).unwrap_or_default()
}
