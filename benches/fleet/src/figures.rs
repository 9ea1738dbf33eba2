//! What a simulated period comes to.

use std::ops::Range;

use crate::paris::{BUDGET_MS, SERVICE_MS, queue};
use crate::scenario::{Fault, Incident, Scenario};
use crate::tally::{REQUEST, Tally};
use crate::{HOUR, SECOND};

/// Within one refresh, in seconds, everything is as before an outage.
pub const REFRESH_S: usize = 10;
/// How long before and after an event the series are looked at, in seconds.
const AROUND_S: usize = 600;
/// How long readers that began together may take to drift apart, in seconds.
const APART_S: usize = 180;
/// What Paris can do, as a share of the most traffic.
const CAPACITY: f64 = 0.6;

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
    /// Reads by one isolate in an hour.
    pub reads_per_hour: f64,
    /// The same of isolates that get at least one request a second, while there is no outage.
    pub busy_reads_per_hour: f64,
    /// Hits, as a share of the requests.
    pub hit_rate: f64,
    /// Milliseconds until a request has its data, from Atlas or from Paris: the median, 99 % and 99.9 %.
    pub ms: [u64; 3],
    /// Each outage.
    pub outages: Vec<Outage>,
    /// The highest second of reads of the store, as a multiple of the average, from three to ten minutes after readers
    /// began together: after a deploy, and after the end of an outage.
    pub together: Vec<f64>,
    /// Requests to Paris beyond [`Tally::demand`], over all seconds.
    pub beyond_traffic: f64,
}

/// Figures of an outage. Loads are requests a second, the highest of a period.
#[derive(Debug, Clone)]
pub struct Outage {
    /// What was wrong.
    pub fault: Fault,
    /// The load of Paris in the ten minutes before.
    pub before: u64,
    /// During the outage.
    pub during: u64,
    /// The same as a share of the demand of that very second.
    pub share: f64,
    /// From one refresh after its end on, for ten minutes.
    pub after: u64,
    /// Reads of the store by busy isolates, as a multiple of those in the ten minutes before.
    pub reads: f64,
    /// Milliseconds until 99 % of the requests had their data.
    pub p99: u64,
}

/// Sums a tally up.
pub fn figures(scenario: &Scenario, tally: &Tally) -> Figures {
    let series = Series::of(tally);
    let all: u64 = series.requests.iter().sum();
    let reads = tally.seconds.iter().map(|second| u64::from(second.reads)).sum();
    let hours = |us: u64| us as f64 / HOUR as f64;
    let period = 0..series.queued.len();
    let hits: u64 = tally.hits(period.clone()).iter().sum();
    let whole = Latencies::of(tally, &series.queued, period);
    let ends = scenario.outages().map(|incident| incident.until);
    let fallbacks: u64 = series.fallbacks.iter().sum();
    Figures {
        births: tally.births,
        isolate_hours: hours(tally.alive),
        requests: all as f64 / REQUEST as f64,
        reads,
        reads_per_hour: reads as f64 / hours(tally.alive),
        busy_reads_per_hour: busy_reads_per_hour(scenario, tally),
        // Requests whose isolate ends before they are decided are neither.
        hit_rate: hits as f64 / (hits + fallbacks * REQUEST) as f64,
        ms: [0.5, 0.99, 0.999].map(|share| whole.quantile(share)),
        outages: scenario.outages().map(|incident| outage(incident, tally, &series)).collect(),
        together: scenario.deploys.iter().copied().chain(ends).map(|at| peak_together(tally, second(at))).collect(),
        beyond_traffic: series.beyond_demand() as f64 / REQUEST as f64,
    }
}

/// What happens by the second.
struct Series {
    requests: Vec<u64>,
    demand: Vec<u64>,
    fallbacks: Vec<u64>,
    /// What a request to Paris waits in its queue, in milliseconds.
    queued: Vec<u64>,
}

impl Series {
    fn of(tally: &Tally) -> Self {
        let (requests, demand, fallbacks) = (tally.requests(), tally.demand(), tally.fallbacks());
        let most = requests.iter().max().map_or(0, |most| most / REQUEST);
        let queued = queue(&fallbacks, (most as f64 * CAPACITY).ceil() as u64);
        Self { requests, demand, fallbacks, queued }
    }

    /// In millionths of a request.
    fn beyond_demand(&self) -> u64 {
        let beyond = |(sent, demand): (&u64, &u64)| (sent * REQUEST).saturating_sub(*demand);
        self.fallbacks.iter().zip(&self.demand).map(beyond).sum()
    }

    /// The highest load of Paris in a period, and the second of it.
    fn highest(&self, seconds: Range<usize>) -> (u64, usize) {
        seconds.map(|second| (self.fallbacks[second], second)).max().unwrap_or_default()
    }
}

fn busy_reads_per_hour(scenario: &Scenario, tally: &Tally) -> f64 {
    // After an outage each isolate reads once, however short ago its last try was.
    let is_over = |at: usize| scenario.outages().all(|o| !(second(o.from)..second(o.until) + REFRESH_S).contains(&at));
    let well = tally.seconds.iter().zip(tally.busy()).enumerate().filter(|(at, _)| is_over(*at));
    let (reads, seconds) = well.fold((0.0, 0.0), |(reads, seconds), (_, (second, alive))| {
        (reads + f64::from(second.busy_reads), seconds + f64::from(alive))
    });
    reads / seconds * 3600.0
}

fn outage(incident: &Incident, tally: &Tally, series: &Series) -> Outage {
    let (from, until) = (second(incident.from), second(incident.until));
    let highest = |range: Range<usize>| series.highest(range).0;
    let busy = |range: Range<usize>| {
        tally.seconds[range].iter().map(|second| u64::from(second.busy_reads)).sum::<u64>() as f64
    };
    let (during, peak) = series.highest(from..until);
    Outage {
        fault: incident.fault,
        before: highest(from - AROUND_S..from),
        during,
        share: (during * REQUEST) as f64 / series.demand[peak].max(1) as f64,
        after: highest(until + REFRESH_S..until + REFRESH_S + AROUND_S),
        reads: busy(from..until) / busy(from - (until - from)..from),
        p99: Latencies::of(tally, &series.queued, from..until).quantile(0.99),
    }
}

fn peak_together(tally: &Tally, at: usize) -> f64 {
    let reads: Vec<_> =
        tally.seconds[at + APART_S..at + AROUND_S].iter().map(|second| f64::from(second.reads)).collect();
    reads.iter().copied().fold(0.0, f64::max) / reads.iter().sum::<f64>() * reads.len() as f64
}

fn second(us: u64) -> usize {
    (us / SECOND) as usize
}

/// Requests by milliseconds, in millionths.
struct Latencies(Vec<u64>);

impl Latencies {
    /// The hits from one minute to the other by their wait for the store, and the fallbacks: that wait, Paris's queue, and
    /// its service.
    fn of(tally: &Tally, queued: &[u64], seconds: Range<usize>) -> Self {
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

    fn quantile(&self, share: f64) -> u64 {
        let wanted = self.0.iter().sum::<u64>() as f64 * share;
        let mut sum = 0.0;
        let reaches = |count: &u64| {
            sum += *count as f64;
            sum >= wanted
        };
        self.0.iter().position(reaches).unwrap_or(0) as u64
    }
}
