//! The plots of a day that the README shows.

use crate::plot::{Line, svg};
use crate::tally::{REQUEST, Tally};
use crate::{HOUR, MINUTE, second};

/// Grey, orange and blue, each dark enough to read on white (WCAG 2.2, 1.4.3).
const GREY: &str = "#666";
const ORANGE: &str = "#c2410c";
const BLUE: &str = "#1d4ed8";

/// Paris's load in a fleet of so many isolates around the outage of 11:00, averages of ten seconds.
pub fn outage(blocking: &Tally, background: &Tally, isolates: usize) -> String {
    const SECONDS: usize = 10;
    let around = second(11 * HOUR - 5 * MINUTE)..second(11 * HOUR + 20 * MINUTE);
    let average = |series: Vec<u64>, unit: u64| {
        let tens = series[around.clone()].chunks(SECONDS);
        tens.map(|ten| ten.iter().sum::<u64>() as f64 / unit as f64 / SECONDS as f64).collect()
    };
    let lines = [
        Line { name: "traffic", colour: GREY, values: average(blocking.requests(), REQUEST) },
        Line { name: "Paris, blocking", colour: ORANGE, values: average(blocking.fallbacks(), 1) },
        Line { name: "Paris, background", colour: BLUE, values: average(background.fallbacks(), 1) },
    ];
    let labels = ["10:55", "11:00", "11:05", "11:10", "11:15", "11:20"].map(str::to_owned);
    let title = format!("{}: requests a second; the store is down from 11:00 to 11:10", fleet(isolates));
    svg(&title, &lines, &labels)
}

/// Reads of the store after the deploy of 9:00, by second.
pub fn deploy(with: &Tally, without: &Tally, isolates: usize) -> String {
    let around = second(9 * HOUR - MINUTE)..second(9 * HOUR + 5 * MINUTE);
    let values = |tally: &Tally| tally.seconds[around.clone()].iter().map(|second| f64::from(second.reads)).collect();
    let lines = [
        Line { name: "without jitter", colour: ORANGE, values: values(without) },
        Line { name: "with jitter", colour: BLUE, values: values(with) },
    ];
    let labels: Vec<_> = (-1..=5).map(|minute| format!("{minute} min")).collect();
    let title = format!("{}: reads of the store a second, around a deploy", fleet(isolates));
    svg(&title, &lines, &labels)
}

fn fleet(isolates: usize) -> String {
    let (thousands, rest) = (isolates / 1000, isolates % 1000);
    if thousands == 0 { format!("{rest} isolates") } else { format!("{thousands},{rest:03} isolates") }
}
