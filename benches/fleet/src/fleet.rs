//! A fleet over a scenario: places that one isolate after the other takes, shared out to threads.

use std::thread;

use fastrand::Rng;

use crate::isolate::{Isolate, Life, Setup};
use crate::scenario::Scenario;
use crate::store::{REGIONS, Store, exponential};
use crate::tally::Tally;
use crate::{HOUR, MINUTE, SECOND};

/// Isolates get 0.1 to 10 requests a second, each magnitude as likely as the other.
const LEAST_RATE: f64 = 0.1;
const MAGNITUDES: f64 = 2.0;
/// An isolate lives at least a minute, 31 minutes on average, at most six hours.
const SHORTEST_LIFE: u64 = MINUTE;
const AVERAGE_MORE: f64 = 30.0 * MINUTE as f64;
const LONGEST_LIFE: u64 = 6 * HOUR;

/// Simulates a fleet in which at most `isolates` are alive at once, on so many threads, which change nothing but the time
/// that it takes.
///
/// # Panics
///
/// If a thread does.
pub fn simulate(scenario: &Scenario, setup: Setup, isolates: usize, seed: u64, threads: usize) -> Tally {
    let store = Store::new(scenario, seed);
    let shard = |first: usize| {
        let mut tally = Tally::new(scenario.length);
        for place in (first..isolates).step_by(threads) {
            take_turns(&store, scenario, setup, &mut tally, Place::new(place, isolates, seed));
        }
        tally
    };
    let mut sum = Tally::new(scenario.length);
    thread::scope(|scope| {
        let shards: Vec<_> = (0..threads).map(|first| scope.spawn(move || shard(first))).collect();
        for shard in shards {
            sum.add(&shard.join().expect("a shard panicked"));
        }
    });
    sum
}

/// A place in the fleet that one isolate takes at a time.
struct Place {
    rng: Rng,
    region: usize,
    rate: u64,
    /// It is taken while more than this share of all are.
    share: f64,
}

impl Place {
    fn new(place: usize, isolates: usize, seed: u64) -> Self {
        // Any two places, and the same place with two seeds, draw different numbers.
        let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ place as u64);
        let rate = LEAST_RATE * 10_f64.powf(rng.f64() * MAGNITUDES);
        let share = place as f64 / isolates as f64;
        Self { region: place % REGIONS, rate: (rate * SECOND as f64) as u64, share, rng }
    }

    fn life_ends(&mut self, from: u64) -> u64 {
        let life = SHORTEST_LIFE + (AVERAGE_MORE * exponential(&mut self.rng)) as u64;
        from + life.min(LONGEST_LIFE)
    }
}

/// One isolate after the other, for as long as there is traffic for this place.
fn take_turns(store: &Store, scenario: &Scenario, setup: Setup, tally: &mut Tally, mut place: Place) {
    for (begins, ends) in scenario.alive(place.share) {
        // The first of a period is in the middle of its life, so that they do not all end at once.
        let mut from = begins;
        let mut until = from + (place.life_ends(0) as f64 * place.rng.f64()) as u64;
        while from < ends {
            let deployed_at = scenario.deploys.iter().copied().rfind(|deploy| *deploy <= from).unwrap_or(0);
            let next_deploy = scenario.deploys.iter().copied().find(|deploy| *deploy > from).unwrap_or(u64::MAX);
            let (region, rate) = (place.region, place.rate);
            let embedded = store.latest(deployed_at, region);
            let life = Life { from, until: until.min(ends).min(next_deploy), region, rate, embedded };
            Isolate::new(life, setup, store, tally, &mut place.rng).live();
            from = life.until;
            until = place.life_ends(from);
        }
    }
}
