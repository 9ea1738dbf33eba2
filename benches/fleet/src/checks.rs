//! What every setup with jitter is held to.

use crate::figures::{Figures, Outage};

/// Reads of the store in an hour by one isolate: 3,600 s / `refreshMs`.
pub const READS_PER_HOUR: f64 = 360.0;
/// By how much reads may exceed that.
pub const MOST_READS: f64 = 1.1;
/// A breaker lets one read through in 5 s: twice as many as `refreshMs`.
const MOST_READS_IN_OUTAGE: f64 = 2.0 * MOST_READS;
/// The highest second of reads, as a multiple of the average, when readers that began together have drifted apart.
pub const MOST_TOGETHER: f64 = 1.4;

/// What is not kept, in words.
pub fn misses(figures: &Figures) -> Vec<String> {
    let mut misses = Vec::new();
    let mut at_most = |what: &str, most: f64, found: f64| {
        if found > most {
            misses.push(format!("{what}: expected at most {most:.2}, found {found:.2}"));
        }
    };
    at_most("requests to Paris beyond the traffic", 0.0, figures.beyond_traffic);
    at_most(
        "reads of a busy isolate in an hour without an outage",
        READS_PER_HOUR * MOST_READS,
        figures.busy_reads_per_hour,
    );
    at_most("reads of an isolate in an hour", READS_PER_HOUR * MOST_READS, figures.reads_per_hour);
    for outage in &figures.outages {
        let Outage { fault, reads, after, .. } = outage;
        at_most(&format!("{fault:?}: reads of a busy isolate, of those before"), MOST_READS_IN_OUTAGE, *reads);
        at_most(&format!("{fault:?}: load of Paris after one refresh"), normal(outage), *after as f64);
    }
    for peak in &figures.together {
        at_most("highest second of reads, of the average", MOST_TOGETHER, *peak);
    }
    misses
}

/// The load of Paris before the outage. In a small fleet that is a few requests, and chance adds as many.
fn normal(outage: &Outage) -> f64 {
    outage.before as f64 * 2.0 + 3.0
}
