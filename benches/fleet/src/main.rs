//! `npm run bench -- fleet [--isolates N] [--seed N] [--check] [--plots FOLDER]`

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "figures of a simulation")]

use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs, thread};

use atlas_fleet::checks::misses;
use atlas_fleet::figures::{Figures, figures};
use atlas_fleet::fleet::simulate;
use atlas_fleet::isolate::Setup;
use atlas_fleet::plots;
use atlas_fleet::report::{
    INCIDENT_LEGEND, LEGEND, METHOD, header, incident_header, incident_row, row, size_header, size_row,
};
use atlas_fleet::scenario::Scenario;
use atlas_fleet::tally::Tally;

/// The size at which all setups are compared. In smaller fleets chance decides whether the bounds are kept.
const COMPARED: usize = 10_000;

fn main() -> ExitCode {
    let options: Vec<String> = env::args().skip(1).collect();
    let value = |name: &str| options.iter().skip_while(|option| *option != name).nth(1).map(String::as_str);
    let number = |name, default: u64| value(name).map_or(Some(default), |text| text.parse().ok());
    let (Some(isolates), Some(seed)) = (number("--isolates", 100_000), number("--seed", 1)) else {
        eprintln!("fleet: expected whole numbers for --isolates and --seed");
        return ExitCode::from(2);
    };
    let missed = compare(isolates as usize, seed, value("--plots")) + scale(isolates as usize, seed);
    if missed > 0 && options.iter().any(|option| option == "--check") { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Every setup at one size. Returns how many bounds were missed.
fn compare(isolates: usize, seed: u64, plots: Option<&str>) -> usize {
    let isolates = isolates.min(COMPARED);
    println!("{METHOD}\n\nA day, at most {isolates} isolates alive, seed {seed}\n\n{}", header());
    let mut missed = 0;
    let mut tallies = Vec::new();
    let mut incidents = Vec::new();
    for behind in [false, true] {
        for embedded in [false, true] {
            for jitter in [false, true] {
                let setup = Setup { behind, embedded, jitter, ..Setup::USUAL };
                let (tally, figures) = run(setup, isolates, seed);
                println!("{}", row(setup, &figures));
                if jitter {
                    missed += report(&figures, isolates);
                    incidents.extend(figures.effects.iter().map(|effect| incident_row(setup, effect)));
                }
                tallies.push((setup, tally));
            }
        }
    }
    println!("\n{LEGEND}\n\nWhat is wrong with the store, and Paris, with jitter\n\n{}", incident_header());
    println!("{}\n\n{INCIDENT_LEGEND}", incidents.join("\n"));
    if let Some(folder) = plots {
        draw(folder, &tallies, isolates);
    }
    missed
}

/// The usual setup at every size. Returns how many bounds were missed.
fn scale(isolates: usize, seed: u64) -> usize {
    println!("\nThe usual setup (blocking, with jitter) by the number of isolates; Paris in requests a second\n");
    println!("{}", size_header());
    let mut missed = 0;
    for size in [1, 100, 10_000, 100_000].into_iter().filter(|size| *size <= isolates) {
        let (_, figures) = run(Setup::USUAL, size, seed);
        println!("{}", size_row(size, &figures));
        if size >= COMPARED {
            missed += report(&figures, size);
        }
    }
    missed
}

fn run(setup: Setup, isolates: usize, seed: u64) -> (Tally, Figures) {
    let (scenario, started) = (Scenario::day(), Instant::now());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let tally = simulate(&scenario, setup, isolates, seed, threads);
    // Not on standard output, which is the same for the same seed.
    eprintln!("{isolates} isolates, {setup:?}: {:.1} s", started.elapsed().as_secs_f64());
    let figures = figures(&scenario, &tally);
    (tally, figures)
}

fn report(figures: &Figures, isolates: usize) -> usize {
    let misses = misses(figures, isolates);
    for miss in &misses {
        println!("  MISSED {miss}");
    }
    misses.len()
}

fn draw(folder: &str, tallies: &[(Setup, Tally)], isolates: usize) {
    let of = |wanted: Setup| tallies.iter().find(|(setup, _)| *setup == wanted).map(|(_, tally)| tally);
    let (background, abrupt) = (Setup { behind: true, ..Setup::USUAL }, Setup { jitter: false, ..Setup::USUAL });
    let (Some(usual), Some(background), Some(abrupt)) = (of(Setup::USUAL), of(background), of(abrupt)) else { return };
    let write = |name: &str, text: String| {
        let path = format!("{folder}/{name}.svg");
        match fs::write(&path, text) {
            Ok(()) => eprintln!("wrote {path}"),
            Err(error) => eprintln!("fleet: {path} could not be written: {error}"),
        }
    };
    write("outage", plots::outage(usual, background, isolates));
    write("deploy", plots::deploy(usual, abrupt, isolates));
}
