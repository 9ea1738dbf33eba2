//! What an incident does to Paris, to the store, and to those who wait.

use crate::latencies::Latencies;
use crate::scenario::Incident;
use crate::series::Series;
use crate::tally::{REQUEST, Tally};
use crate::{AROUND_S, REFRESH_S, second};

/// Figures of an incident. A load of Paris is that of the highest second, in requests.
#[derive(Debug, Clone)]
pub struct Effect {
    /// What was wrong, and when.
    pub incident: Incident,
    /// The load of Paris in the ten minutes before.
    pub before: u64,
    /// During the incident.
    pub during: u64,
    /// The demand of that very second: the most that it could have been.
    pub demand: f64,
    /// The load from one refresh after the end on, for ten minutes.
    pub after: u64,
    /// Reads of the store by a busy isolate in an hour, during the incident and for one refresh after it, if one was alive.
    pub busy_reads_per_hour: Option<f64>,
    /// Milliseconds until 99 % of the requests had their data.
    pub p99: u64,
}

impl Effect {
    /// The effect of one incident.
    pub fn of(incident: &Incident, tally: &Tally, series: &Series) -> Self {
        let (from, until) = (second(incident.from), second(incident.until));
        let over = until + REFRESH_S;
        let peak = series.highest_load(from..until);
        Self {
            incident: *incident,
            before: series.highest_load(from - AROUND_S..from).count,
            during: peak.count,
            demand: series.demand[peak.second] as f64 / REQUEST as f64,
            after: series.highest_load(over..over + AROUND_S).count,
            busy_reads_per_hour: series.busy_reads_per_hour(from..over),
            p99: Latencies::of(tally, &series.queued, from..until).quantile(0.99),
        }
    }

    /// The load of Paris during the incident, as a share of the demand.
    pub fn share(&self) -> f64 {
        if self.during == 0 { 0.0 } else { self.during as f64 / self.demand }
    }
}
