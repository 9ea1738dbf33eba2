//! How long requests take until they have their data.

use std::ops::Range;

use crate::paris::{BUDGET_MS, SERVICE_MS};
use crate::tally::{REQUEST, Tally};

/// Requests by milliseconds, in millionths.
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// The hits from one minute to the other by their wait for the store, and the fallbacks: that wait, Paris's queue, and
    /// its service.
    pub fn of(tally: &Tally, queued: &[u64], seconds: Range<usize>) -> Self {
        let mut by_ms = vec![0; BUDGET_MS as usize + 1];
        let hits = tally.hits(seconds.clone());
        by_ms[..hits.len()].copy_from_slice(&hits);
        let at_once = seconds.clone().map(|second| (second, 0, u64::from(tally.seconds[second].at_once)));
        for (second, waited, count) in at_once.chain(tally.waits(seconds)) {
            let ms = waited + (queued[second] + SERVICE_MS) as usize;
            by_ms[ms.min(BUDGET_MS as usize)] += count * REQUEST;
        }
        Self(by_ms)
    }

    /// The milliseconds within which this share of the requests have their data.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = self.0.iter().sum::<u64>() as f64 * share;
        let mut sum = 0.0;
        let reaches = |count: &u64| {
            sum += *count as f64;
            sum >= wanted
        };
        self.0.iter().position(reaches).unwrap_or(0) as u64
    }
}
