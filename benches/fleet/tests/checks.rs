//! The bounds at a small size, and that the figures depend on nothing but the seed.

use atlas_fleet::HOUR;
use atlas_fleet::checks::misses;
use atlas_fleet::effect::Effect;
use atlas_fleet::figures::{Figures, figures};
use atlas_fleet::fleet::simulate;
use atlas_fleet::isolate::Setup;
use atlas_fleet::report::incident_row;
use atlas_fleet::scenario::{Fault, Scenario};

const ISOLATES: usize = 2_000;
const SETUPS: [Setup; 4] = [
    Setup::USUAL,
    Setup { embedded: true, ..Setup::USUAL },
    Setup { behind: true, ..Setup::USUAL },
    Setup { behind: true, embedded: true, ..Setup::USUAL },
];

/// Any number gives the same figures.
const THREADS: usize = 2;

fn run(setup: Setup, isolates: usize, seed: u64) -> Figures {
    run_on(THREADS, setup, isolates, seed)
}

fn run_on(threads: usize, setup: Setup, isolates: usize, seed: u64) -> Figures {
    let scenario = Scenario::short();
    figures(&scenario, &simulate(&scenario, setup, isolates, seed, threads))
}

#[test]
fn every_setup_keeps_the_bounds() {
    for setup in SETUPS {
        let figures = run(setup, ISOLATES, 1);
        assert_eq!(misses(&figures, ISOLATES), Vec::<String>::new(), "{setup:?}: {figures:#?}");
    }
}

#[test]
fn lookups_that_ask_paris_twice_are_reported() {
    let figures = run(Setup { paris_requests: 2, ..Setup::USUAL }, ISOLATES, 1);
    assert!(misses(&figures, ISOLATES).iter().any(|miss| miss.starts_with("requests to Paris beyond")), "{figures:#?}");
}

#[test]
fn every_kind_of_incident_is_looked_at() {
    for scenario in [Scenario::short(), Scenario::day()] {
        for fault in [Fault::Slow, Fault::Down, Fault::Hung, Fault::Lagging] {
            assert!(scenario.incidents.iter().any(|incident| incident.fault == fault), "{fault:?}: {scenario:#?}");
        }
    }
}

#[test]
fn a_slow_store_and_a_lagging_replica_cost_paris_little_and_blocking_readers_alone() {
    let blocking = run(Setup::USUAL, ISOLATES, 1);
    let background = run(Setup { behind: true, ..Setup::USUAL }, ISOLATES, 1);
    for fault in [Fault::Slow, Fault::Lagging] {
        let during = |figures: &Figures| {
            figures.effects.iter().find(|effect| effect.incident.fault == fault).map_or(0, |effect| effect.during)
        };
        assert!(during(&blocking) > 10 * during(&background), "{fault:?}: {blocking:#?} {background:#?}");
    }
}

#[test]
fn without_jitter_readers_that_began_together_go_on_together() {
    let figures = run(Setup { jitter: false, ..Setup::USUAL }, ISOLATES, 1);
    assert!(misses(&figures, ISOLATES).iter().any(|miss| miss.starts_with("highest second")), "{figures:#?}");
}

#[test]
fn an_outage_costs_background_readers_nothing_but_the_cold_ones() {
    let [blocking, background, embedded] = [0, 2, 3].map(|place| run(SETUPS[place], ISOLATES, 1));
    let share = |figures: &Figures| figures.outages().map(Effect::share).fold(0.0, f64::max);
    assert!(share(&blocking) > 0.9, "{blocking:#?}");
    assert!(share(&background) < 0.5, "{background:#?}");
    assert!(share(&embedded) == 0.0, "{embedded:#?}");
}

#[test]
fn an_outage_doubles_the_reads_of_a_busy_isolate_at_most_and_its_row_says_so() {
    let figures = run(Setup::USUAL, ISOLATES, 1);
    for outage in figures.outages() {
        let reads = outage.busy_reads_per_hour.expect("busy isolates");
        assert!((540.0..=720.0).contains(&reads), "{outage:#?}");
        assert!(incident_row(Setup::USUAL, outage).ends_with(&format!("{reads:.1}")), "{outage:#?}");
    }
}

#[test]
fn an_embedded_snapshot_spares_paris_until_it_is_as_old_as_max_age() {
    let (scenario, setup) = (Scenario::day(), Setup { behind: true, embedded: true, ..Setup::USUAL });
    let figures = figures(&scenario, &simulate(&scenario, setup, 100, 1, THREADS));
    let is_old = |effect: &Effect| effect.incident.from > scenario.deploys[0] + 13 * HOUR;
    let (old, young): (Vec<_>, Vec<_>) = figures.outages().partition(|outage| is_old(outage));
    assert!(!young.is_empty() && young.iter().all(|outage| outage.during == 0), "{young:#?}");
    assert!(!old.is_empty() && old.iter().all(|outage| outage.share() > 0.1), "{old:#?}");
}

#[test]
fn the_same_seed_gives_the_same_figures_and_another_does_not() {
    let figures = |seed| format!("{:?}", run(Setup::USUAL, 50, seed));
    assert_eq!(figures(7), figures(7));
    assert_ne!(figures(7), figures(8));
}

#[test]
fn the_number_of_threads_changes_no_figure() {
    let figures = |threads| format!("{:?}", run_on(threads, Setup::USUAL, 50, 7));
    assert_eq!(figures(1), figures(3));
}
