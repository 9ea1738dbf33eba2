//! The publishing protocol, explored: every order of events of two writers, a network that loses, delays and doubles
//! requests, crashes, restores and a reader, with the real planning code deciding what is written.

#![cfg(not(target_arch = "wasm32"))]

mod model;
mod steps;
mod world;

use std::io::Write as _;
use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use model::{Budget, Protocol};
use world::Mutant;

/// What the network, the operator and Michael may do in one exploration. Each is small enough to be explored to its end,
/// and all of them together meet every pair of events.
const SCENARIOS: [(&str, Budget); 6] = [
    ("lost, late and doubled requests", Budget { syncs: 3, changes: 1, losses: 2, ..NOTHING }),
    ("crashes and heartbeats", Budget { syncs: 3, changes: 1, losses: 1, crashes: 1, hours: 1, ..NOTHING }),
    ("answers that lie", Budget { syncs: 2, changes: 2, losses: 1, lies: 1, ..NOTHING }),
    ("restore, hold and release", Budget { syncs: 2, changes: 1, losses: 1, restores: 2, ..NOTHING }),
    ("a hold and heartbeats", Budget { syncs: 2, changes: 1, hours: 1, restores: 2, ..NOTHING }),
    (
        "a reader, and a store that cannot be read",
        Budget { syncs: 3, changes: 1, losses: 1, failures: 1, looks: 2, ..NOTHING },
    ),
];

const NOTHING: Budget =
    Budget { syncs: 0, changes: 0, losses: 0, lies: 0, crashes: 0, failures: 0, hours: 0, restores: 0, looks: 0 };

/// Says what was explored: past the test harness, which shows the output of failed tests alone.
fn tell(text: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "model checker: {text}").unwrap();
}

#[test]
fn the_protocol_holds_in_every_order_of_events() {
    let mut total = 0;
    for (name, budget) in SCENARIOS {
        let began = Instant::now();
        let checker = Protocol::new(budget, Mutant::None).checker().threads(2).spawn_bfs().join();
        let states = checker.unique_state_count();
        tell(&format!("{name}: {states} states in {:.1} s", began.elapsed().as_secs_f64()));
        assert!(checker.is_done(), "{name}: not explored to its end");
        for (property, path) in checker.discoveries() {
            let failed = checker.discovery_classification(property).to_string() == "counterexample";
            assert!(!failed, "{name}: not so: {property}\n{}", steps::told(&path));
        }
        total += states;
    }
    tell(&format!("{total} states in all"));
    assert!(total > 50_000, "only {total} states");
}

/// What the explorations come to at all: what never happens is not checked.
#[test]
fn the_explorations_meet_what_they_are_about() {
    for (name, budget, met) in [
        (SCENARIOS[0].0, SCENARIOS[0].1, &["a conflict", "a lost answer recognised", "a late request done"][..]),
        (SCENARIOS[1].0, SCENARIOS[1].1, &["a heartbeat", "a crash"]),
        (SCENARIOS[3].0, SCENARIOS[3].1, &["a held sync", "a release"]),
        (SCENARIOS[5].0, SCENARIOS[5].1, &["an outcome that is not known", "a reader's answer"]),
    ] {
        let wanted = HasDiscoveries::AllOf(met.iter().copied().collect());
        let checker = Protocol::new(budget, Mutant::None).checker().threads(2).finish_when(wanted).spawn_bfs().join();
        for event in met {
            assert!(checker.discovery(event).is_some(), "{name}: never met: {event}");
        }
    }
}

#[test]
fn each_mutant_of_the_protocol_is_caught() {
    for mutant in Mutant::ALL {
        let began = Instant::now();
        let caught = SCENARIOS.iter().find_map(|(name, budget)| {
            let model = Protocol::new(*budget, mutant);
            let checker = model.checker().threads(2).finish_when(HasDiscoveries::AnyFailures).spawn_bfs().join();
            let failed = checker
                .discoveries()
                .into_iter()
                .find(|(property, _)| checker.discovery_classification(property).to_string() == "counterexample");
            failed.map(|(property, path)| (*name, property, path.into_actions().len()))
        });
        let Some((name, property, steps)) = caught else { panic!("mutant not caught: {mutant:?}") };
        tell(&format!(
            "mutant {mutant:?} caught in {:.1} s, after {steps} steps of {name:?}: not so: {property}",
            began.elapsed().as_secs_f64()
        ));
    }
}
