//! The store as an isolate sees it: how long a read takes, and what it brings.

use fastrand::Rng;

use crate::scenario::{Fault, Scenario};
use crate::snapshots::{Published, publish};
use crate::{MINUTE, SECOND};

/// Replicas of the store. An isolate reads one of them.
pub const REGIONS: usize = 6;
/// A write reaches each replica within this time, in microseconds.
const PROPAGATION: u64 = 10 * SECOND;
const MILLISECOND: f64 = 1000.0;

/// What a read brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What this publish left.
    State(usize),
    /// An error.
    Failed,
    /// Nothing, ever.
    Never,
}

/// The store over the whole period.
pub struct Store {
    states: Vec<Published>,
    /// When each region sees each publish.
    seen_at: Vec<[u64; REGIONS]>,
    /// What is wrong in each minute, and since when.
    faults: Vec<Option<(Fault, u64)>>,
    /// The latest publish that each region sees when a minute begins.
    by_minute: Vec<[usize; REGIONS]>,
}

impl Store {
    /// A store to which a scenario's publishes are written.
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut lag = |at: u64| if at == 0 { 0 } else { at + rng.u64(0..PROPAGATION) };
        let seen_at: Vec<[u64; REGIONS]> =
            scenario.publishes.iter().map(|publish| std::array::from_fn(|_| lag(publish.at))).collect();
        let latest = |at: u64, region: usize| seen_at.iter().rposition(|seen| seen[region] <= at).unwrap_or(0);
        let minutes = || (0..=scenario.length / MINUTE).map(|minute| minute * MINUTE);
        let by_minute = minutes().map(|at| std::array::from_fn(|region| latest(at, region))).collect();
        let fault = |at: u64| scenario.incidents.iter().find(|incident| (incident.from..incident.until).contains(&at));
        let faults = minutes().map(|at| fault(at).map(|incident| (incident.fault, incident.from))).collect();
        Self { states: publish(&scenario.publishes), seen_at, faults, by_minute }
    }

    /// What a publish left.
    pub fn state(&self, place: usize) -> &Published {
        &self.states[place]
    }

    /// The latest publish that a region sees at a time.
    pub fn latest(&self, at: u64, region: usize) -> usize {
        let known = self.by_minute[minute(at)][region];
        let newer = self.seen_at[known..].iter().rposition(|seen| seen[region] <= at);
        known + newer.unwrap_or(0)
    }

    /// A read that begins now: how long it takes, in microseconds, and what it brings.
    pub fn read(&self, at: u64, region: usize, rng: &mut Rng) -> (u64, Outcome) {
        let now = Outcome::State(self.latest(at, region));
        match self.faults[minute(at)] {
            Some((Fault::Down, _)) => (wait(1.0, 1.0, rng), Outcome::Failed),
            Some((Fault::Hung, _)) => (u64::MAX, Outcome::Never),
            Some((Fault::Slow, _)) => (wait(30.0, 15.0, rng), now),
            Some((Fault::Lagging, since)) if region == 0 && rng.bool() => {
                (healthy(rng), Outcome::State(self.latest(since, region)))
            }
            None | Some((Fault::Lagging, _)) => (healthy(rng), now),
        }
    }
}

fn minute(us: u64) -> usize {
    (us / MINUTE) as usize
}

/// 2 ms and more, 5 ms in the middle; one in a thousand takes 100 ms.
fn healthy(rng: &mut Rng) -> u64 {
    let slowest = if rng.u16(0..1000) == 0 { 100.0 } else { 2.0 };
    wait(slowest, 4.3, rng)
}

/// A time of at least `least` ms, and on average `more` ms longer.
fn wait(least: f64, more: f64, rng: &mut Rng) -> u64 {
    ((least + more * exponential(rng)) * MILLISECOND) as u64
}

/// An exponentially distributed number with the mean 1.
pub fn exponential(rng: &mut Rng) -> f64 {
    -(1.0 - rng.f64()).ln()
}
