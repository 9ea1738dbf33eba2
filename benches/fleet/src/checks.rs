//! What every setup with jitter is held to.

use crate::effect::Effect;
use crate::figures::Figures;
use crate::scenario::Fault;

/// Reads of the store in an hour by one isolate: 3,600 s / `refreshMs`.
const READS_PER_HOUR: f64 = 360.0;
/// By how much reads may exceed that: with the greatest jitter a refresh comes a tenth earlier.
const MOST_READS: f64 = 1.1;
/// While the store does not answer, by a further factor: the breaker's probe comes every 5 s, a refresh every 10 s.
const MOST_READS_IN_OUTAGE: f64 = 2.0;
/// The same for the highest second of reads, when readers that began together have drifted apart.
const MOST_TOGETHER: f64 = 1.1;

/// From this size on averages are those of any fleet. In a smaller one they depend on the few isolates that are busy, that
/// are born, or that read the replica that lags.
const MANY: usize = 500;

/// What a fleet does not keep, in words.
pub fn misses(figures: &Figures, isolates: usize) -> Vec<String> {
    let mut bounds = Bounds::default();
    bounds.at_any_size(figures);
    if isolates >= MANY {
        bounds.on_average(figures);
    }
    bounds.misses
}

#[derive(Default)]
struct Bounds {
    misses: Vec<String>,
}

impl Bounds {
    fn at_any_size(&mut self, figures: &Figures) {
        self.at_most("requests to Paris beyond the traffic", 0.0, figures.beyond_traffic);
        for effect in &figures.effects {
            let Effect { incident, after, .. } = effect;
            self.at_most(&format!("{incident}: load of Paris after one refresh"), normal(effect), *after as f64);
        }
        for outage in figures.outages() {
            let what = format!("{}: reads of a busy isolate in an hour", outage.incident);
            self.reads(&what, MOST_READS_IN_OUTAGE, outage.busy_reads_per_hour);
        }
        for together in &figures.together {
            let most = by_chance(together.average * MOST_TOGETHER);
            self.at_most("highest second of reads after readers began together", most, together.highest as f64);
        }
    }

    fn on_average(&mut self, figures: &Figures) {
        self.reads("reads of an isolate in an hour", 1.0, Some(figures.reads_per_hour));
        self.reads("reads of a busy isolate in an hour without an incident", 1.0, figures.busy_reads_per_hour);
        for effect in &figures.effects {
            let Effect { incident, during, demand, .. } = effect;
            let most = most_share(incident.fault).map_or(*demand, |share| by_chance(share * demand));
            self.at_most(&format!("{incident}: load of Paris"), most, *during as f64);
        }
    }

    /// Holds reads in an hour to a multiple of what `refreshMs` allows.
    fn reads(&mut self, what: &str, times: f64, found: Option<f64>) {
        if let Some(found) = found {
            self.at_most(what, READS_PER_HOUR * MOST_READS * times, found);
        }
    }

    fn at_most(&mut self, what: &str, most: f64, found: f64) {
        if found.is_nan() || found > most {
            self.misses.push(format!("{what}: expected at most {most:.2}, found {found:.2}"));
        }
    }
}

/// The expected load of Paris during an incident, as a share of the traffic. An outage may send all of it.
fn most_share(fault: Fault) -> Option<f64> {
    match fault {
        Fault::Down | Fault::Hung => None,
        // One request in twenty reads the store, and one read in four takes longer than the time-out.
        Fault::Slow => Some(0.015),
        // One request in twenty reads the store, and one in six of those where a replica lags. Half of these reads bring an
        // older snapshot. It is refused if the next read, for what differs, brings it too, which is half of them again.
        Fault::Lagging => Some(0.005),
    }
}

/// The load of Paris before the incident. In a small fleet that is a few requests, and chance adds as many.
fn normal(effect: &Effect) -> f64 {
    effect.before as f64 * 2.0 + 3.0
}

/// The most that chance makes of an expected number of events that have nothing to do with each other: five standard
/// deviations more, and where hardly any are expected, three.
fn by_chance(expected: f64) -> f64 {
    expected + 5.0 * expected.sqrt() + 3.0
}
