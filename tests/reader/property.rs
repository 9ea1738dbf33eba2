//! Properties of the reader over random sequences of lookups, answers (right, wrong, torn, late, out of order, never) and
//! times (on, standing still, far ahead, back). A sequence that fails is printed as small as it could be made, with the
//! seed that leads to it again.

mod driver;
mod model;
mod world;

use atlas::domain::key::{EntryKey, Key};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use driver::{Driver, Event};
use world::{Cell, Cells, HOUR, LOOKUPS, SNAPSHOTS};

/// Sequences of each of the two tests, which run side by side.
const SEQUENCES: u32 = 50_000;

/// The longest sequence: enough for two outages, or for several snapshots one after another.
const MOST_EVENTS: usize = 20;

fn cell() -> impl Strategy<Value = Cell> {
    let place = 0..SNAPSHOTS;
    prop_oneof![
        3 => place.clone().prop_map(Cell::Of),
        2 => (place.clone(), 0..2000_usize).prop_map(|(place, byte)| Cell::Flipped(place, byte)),
        1 => (place.clone(), 0..EntryKey::ALL.len()).prop_map(|(place, other)| Cell::Misplaced(place, other)),
        1 => place.prop_map(Cell::OtherFormat),
        1 => Just(Cell::Missing),
    ]
}

/// One snapshot with one thing wrong, or a mixture of everything.
fn cells() -> impl Strategy<Value = Cells> {
    let one_wrong = (0..SNAPSHOTS, 0..Key::ALL.len(), cell()).prop_map(|(place, wrong, cell)| {
        let mut cells = [Cell::Of(place); Key::ALL.len()];
        cells[wrong] = cell;
        cells
    });
    prop_oneof![3 => one_wrong, 1 => [(); Key::ALL.len()].map(|()| cell())]
}

/// Steps of the clock, on both sides of every limit.
fn step() -> impl Strategy<Value = i64> {
    let steps = [1, 50, 4_999, 5_000, 9_999, 10_000, 59_999, 60_000, HOUR, 5 * HOUR, 13 * HOUR + 1, -1, -5_000, -HOUR];
    prop::sample::select(steps.to_vec())
}

fn event() -> impl Strategy<Value = Event> {
    let lookup = 0..LOOKUPS.len();
    let place = 0..4_usize;
    prop_oneof![
        4 => step().prop_map(Event::Advance),
        2 => (0..SNAPSHOTS).prop_map(Event::Publish),
        6 => lookup.clone().prop_map(Event::Begin),
        1 => lookup.clone().prop_map(Event::Peek),
        4 => place.clone().prop_map(Event::Answer),
        3 => (place.clone(), cells()).prop_map(|(place, cells)| Event::Garble(place, cells)),
        2 => place.clone().prop_map(Event::Fail),
        3 => place.clone().prop_map(Event::TimeOut),
        1 => place.clone().prop_map(Event::Cancel),
        1 => place.clone().prop_map(Event::Late),
        1 => (place, cells()).prop_map(|(place, cells)| Event::LateGarble(place, cells)),
        3 => lookup.prop_map(Event::LookUp),
        1 => Just(Event::TakeEvents),
    ]
}

/// An outage at length: little but reads that fail, and time.
fn outage_event() -> impl Strategy<Value = Event> {
    let lookup = 0..LOOKUPS.len();
    prop_oneof![
        4 => step().prop_map(Event::Advance),
        8 => lookup.clone().prop_map(Event::Begin),
        4 => (0..4_usize).prop_map(Event::TimeOut),
        4 => (0..4_usize).prop_map(Event::Fail),
        1 => (0..4_usize).prop_map(Event::Cancel),
        1 => (0..4_usize).prop_map(Event::Answer),
        1 => (0..4_usize).prop_map(Event::Late),
        1 => lookup.prop_map(Event::LookUp),
    ]
}

fn config() -> Config {
    Config { cases: SEQUENCES, failure_persistence: None, rng_seed: seed(), ..Config::default() }
}

/// Every run is the same unless `PROPTEST_RNG_SEED` says otherwise: what a commit breaks shows on that commit.
fn seed() -> RngSeed {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("PROPTEST_RNG_SEED={seed}");
    RngSeed::Fixed(seed)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_reader_keeps_its_promises_whatever_comes(events in prop::collection::vec(event(), 1..=MOST_EVENTS)) {
        Driver::new(false).play(&events);
    }

    #[test]
    fn a_reader_keeps_its_promises_in_an_outage(events in prop::collection::vec(outage_event(), 1..=2 * MOST_EVENTS)) {
        Driver::new(false).play(&events);
    }

    #[test]
    fn a_reader_that_refreshes_behind_its_answers_keeps_them_too(events in prop::collection::vec(event(), 1..=MOST_EVENTS)) {
        Driver::new(true).play(&events);
    }
}
