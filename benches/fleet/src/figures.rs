//! What a simulated period comes to.

use crate::effect::Effect;
use crate::latencies::Latencies;
use crate::scenario::Scenario;
use crate::series::Series;
use crate::tally::{REQUEST, Tally};
use crate::{AROUND_S, HOUR, REFRESH_S, second};

/// How long readers that began together may take to drift apart, in seconds.
const APART_S: usize = 180;

/// Figures of a whole period.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Isolates that were born.
    pub births: u64,
    /// The time that they lived, in hours.
    pub isolate_hours: f64,
    /// Requests.
    pub requests: f64,
    /// Reads of the store.
    pub reads: u64,
    /// Reads by one isolate in an hour, whatever is wrong.
    pub reads_per_hour: f64,
    /// The same of isolates that get at least one request a second, while nothing is wrong, if there is one.
    pub busy_reads_per_hour: Option<f64>,
    /// Hits, as a share of the requests.
    pub hit_rate: f64,
    /// Milliseconds until a request has its data, from Atlas or from Paris: the median, 99 % and 99.9 %.
    pub ms: [u64; 3],
    /// What each incident does.
    pub effects: Vec<Effect>,
    /// Reads of the store after readers began together: after a deploy, and after the end of an outage.
    pub together: Vec<Together>,
    /// Requests to Paris beyond [`Tally::demand`], over all seconds.
    pub beyond_traffic: f64,
}

impl Figures {
    /// What the outages do.
    pub fn outages(&self) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(|effect| effect.incident.is_outage())
    }
}

/// Reads of the store in a second, from three to ten minutes after readers began together.
#[derive(Debug, Clone, Copy)]
pub struct Together {
    /// In the highest second.
    pub highest: u64,
    /// On average.
    pub average: f64,
}

impl Together {
    fn after(at: usize, series: &Series) -> Self {
        let (peak, average) = series.highest_reads(at + APART_S..at + AROUND_S);
        Self { highest: peak.count, average }
    }

    /// The highest second as a multiple of the average.
    pub fn ratio(&self) -> f64 {
        if self.highest == 0 { 1.0 } else { self.highest as f64 / self.average }
    }
}

/// Sums a tally up.
pub fn figures(scenario: &Scenario, tally: &Tally) -> Figures {
    let series = Series::of(tally);
    let period = 0..series.requests.len();
    let hits: u64 = tally.hits(period.clone()).iter().sum();
    let fallbacks: u64 = series.fallbacks.iter().sum();
    let reads = tally.seconds.iter().map(|second| u64::from(second.reads)).sum();
    let isolate_hours = tally.alive as f64 / HOUR as f64;
    let latencies = Latencies::of(tally, &series.queued, period.clone());
    // After an outage each isolate reads once, however short ago its last try was.
    let periods: Vec<_> = scenario.incidents.iter().map(|i| second(i.from)..second(i.until) + REFRESH_S).collect();
    let is_well = |at: &usize| !periods.iter().any(|incident| incident.contains(at));
    let began_together = scenario.deploys.iter().copied().chain(scenario.outages().map(|outage| outage.until));
    Figures {
        births: tally.births,
        isolate_hours,
        requests: series.requests.iter().sum::<u64>() as f64 / REQUEST as f64,
        reads,
        reads_per_hour: reads as f64 / isolate_hours,
        busy_reads_per_hour: series.busy_reads_per_hour(period.filter(is_well)),
        // Requests whose isolate ends before they are decided are neither.
        hit_rate: hits as f64 / (hits + fallbacks * REQUEST) as f64,
        ms: [0.5, 0.99, 0.999].map(|share| latencies.quantile(share)),
        effects: scenario.incidents.iter().map(|incident| Effect::of(incident, tally, &series)).collect(),
        together: began_together.map(|at| Together::after(second(at), &series)).collect(),
        beyond_traffic: series.beyond_demand() as f64 / REQUEST as f64,
    }
}
