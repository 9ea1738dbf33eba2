//! `npm run bench -- fleet`, which explains the options.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use std::{env, io, thread};

use atlas_fleet::checks::misses;
use atlas_fleet::figures::{Figures, figures};
use atlas_fleet::fleet::simulate;
use atlas_fleet::isolate::Setup;
use atlas_fleet::options::Options;
use atlas_fleet::plots;
use atlas_fleet::report::{
    INCIDENT_LEGEND, LEGEND, METHOD, header, in_words, incident_header, incident_row, row, size_header, size_row,
};
use atlas_fleet::scenario::Scenario;
use atlas_fleet::tally::Tally;

/// The size at which all setups are compared, or that of the fleet if it is smaller.
const COMPARED: usize = 10_000;
/// The sizes of the usual setup, before that of the fleet.
const SIZES: [usize; 3] = [1, 100, 10_000];
const PLOTS: [&str; 2] = ["outage.svg", "deploy.svg"];

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(missed) if missed > 0 => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fleet: {message}");
            ExitCode::from(2)
        }
    }
}

/// Returns how many bounds were missed, of a run that is checked.
fn run(options: &Options) -> Result<usize, String> {
    let Options { isolates, seed, is_checked, plots } = options;
    // Before the run, which takes a minute.
    let plots = plots.as_deref().map(writable).transpose()?;
    let compared = (*isolates).min(COMPARED);
    let (missed, tallies) = compare(compared, *seed);
    if let Some(plots) = plots {
        draw(&plots, &tallies, compared)?;
    }
    let missed = missed + scale(*isolates, *seed);
    Ok(if *is_checked { missed } else { 0 })
}

/// Every setup at one size. Returns how many bounds were missed, and what was counted.
fn compare(isolates: usize, seed: u64) -> (usize, Vec<(Setup, Tally)>) {
    println!("{METHOD}\n\nA day, at most {isolates} isolates alive, seed {seed}\n\n{}", header());
    let mut missed = 0;
    let mut tallies = Vec::new();
    let mut incidents = Vec::new();
    for behind in [false, true] {
        for embedded in [false, true] {
            for jitter in [false, true] {
                let setup = Setup { behind, embedded, jitter, ..Setup::USUAL };
                let (tally, figures) = day(setup, isolates, seed);
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
    (missed, tallies)
}

/// The usual setup at every size. Returns how many bounds were missed.
fn scale(isolates: usize, seed: u64) -> usize {
    println!("\nThe usual setup (blocking, with jitter) by the number of isolates; Paris in requests a second\n");
    println!("{}", size_header());
    let mut missed = 0;
    for size in SIZES.into_iter().filter(|size| *size < isolates).chain([isolates]) {
        let (_, figures) = day(Setup::USUAL, size, seed);
        println!("{}", size_row(size, &figures));
        missed += report(&figures, size);
    }
    missed
}

fn day(setup: Setup, isolates: usize, seed: u64) -> (Tally, Figures) {
    let (scenario, started) = (Scenario::day(), Instant::now());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let tally = simulate(&scenario, setup, isolates, seed, threads);
    // Not on standard output, which is the same for the same seed.
    eprintln!("{isolates} isolates, {}: {:.1} s", in_words(setup), started.elapsed().as_secs_f64());
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

/// The files of the plots in a folder, each of which can be written.
fn writable(folder: &Path) -> Result<[PathBuf; 2], String> {
    let paths = PLOTS.map(|name| folder.join(name));
    for path in &paths {
        OpenOptions::new().create(true).append(true).open(path).map_err(|error| unwritable(path, &error))?;
    }
    Ok(paths)
}

fn unwritable(path: &Path, error: &io::Error) -> String {
    format!("--plots: {} could not be written: {error}", path.display())
}

fn draw([outage, deploy]: &[PathBuf; 2], tallies: &[(Setup, Tally)], isolates: usize) -> Result<(), String> {
    let of = |wanted: Setup| tallies.iter().find(|(setup, _)| *setup == wanted).map(|(_, tally)| tally);
    let (background, abrupt) = (Setup { behind: true, ..Setup::USUAL }, Setup { jitter: false, ..Setup::USUAL });
    let (Some(usual), Some(background), Some(abrupt)) = (of(Setup::USUAL), of(background), of(abrupt)) else {
        return Err("--plots: a setup that they show was not simulated".to_owned());
    };
    for (path, plot) in
        [(outage, plots::outage(usual, background, isolates)), (deploy, plots::deploy(usual, abrupt, isolates))]
    {
        fs::write(path, plot).map_err(|error| unwritable(path, &error))?;
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}
