//! What is printed. It depends on the seed and the size, and on nothing else.

use crate::effect::Effect;
use crate::figures::{Figures, Together};
use crate::isolate::Setup;

/// How it was simulated, in words.
pub const METHOD: &str = "\
Method: the reader of src/domain/read, natively, driven as pkg-template/lib/driver.js drives it (refreshMs 10 s, time-out
50 ms). An isolate lives 1 minute to 6 hours (31 minutes on average) and gets 0.1 to 10 requests a second (each magnitude
as likely). As many are alive as the hour's traffic asks for, at most the number given. A request that the driver answers
with a hit that it keeps does not reach the reader; between two reads such hits are counted as their expected number, not
drawn. Every other request, and every read with its latency, is an event. The store is read in one of 6 regions, in 5 ms
as a rule. 12 writes (every second one a heartbeat), a deploy at 9:00 that replaces every isolate at once. Store slow at
3:00, down at 11:00, hung at 14:00, one region lagging at 19:58, down at 23:00, about 10 minutes each. Paris answers in 60 ms
and serves 60 % of the highest traffic; more waits in a queue, at most 5 s. An embedded snapshot is a memo that is due to be
refreshed at birth; at 23:00 it is older than maxAgeMs (13 h) and no longer served. Times are until a request has its data.";

/// The names of the columns of [`row`].
pub fn header() -> String {
    format!(
        "{:<10} {:<9} {:<7} {:>9} {:>7} {:>7} {:>9} {:>5} {:>5} {:>6} {:>6}",
        "answers", "embedded", "jitter", "reads", "/h", "busy/h", "hits", "p50", "p99", "p99.9", "peak"
    )
}

/// What they mean.
pub const LEGEND: &str = "\
reads: of the store, in millions; /h: by an isolate in an hour; busy/h: by one with a request a second or more, incidents apart
peak: the highest second of reads of the store, of the average, 3 to 10 minutes after a deploy or an outage";

/// One setup's figures.
pub fn row(setup: Setup, figures: &Figures) -> String {
    let [p50, p99, p999] = figures.ms;
    let together = figures.together.iter().map(Together::ratio).fold(0.0, f64::max);
    format!(
        "{} {:<7} {:>9.2} {:>7.1} {:>7} {:>9} {p50:>5} {p99:>5} {p999:>6} {together:>6.2}",
        names(setup),
        yes_or_no(setup.jitter),
        figures.reads as f64 / 1e6,
        figures.reads_per_hour,
        rate(figures.busy_reads_per_hour),
        percent(figures.hit_rate, 2),
    )
}

/// The names of the columns of [`incident_row`].
pub fn incident_header() -> String {
    format!(
        "{:<10} {:<9} {:<17} {:>8} {:>8} {:>8} {:>8} {:>6} {:>7}",
        "answers", "embedded", "store", "before", "during", "share", "after", "p99", "busy/h"
    )
}

/// What they mean.
pub const INCIDENT_LEGEND: &str = "\
before, during, after: the highest load of Paris, in requests a second, in the ten minutes before, meanwhile, and from 10 s
after the end on; share: of the traffic in the second of the highest load; p99: ms until 99 % have their data, meanwhile
busy/h: as above, meanwhile and for 10 s after the end. A reader whose reads fail sends a probe every 5 s, instead of a
refresh every 10 s: at most twice as many. A read that timed out, or brought an older snapshot, is followed by another.";

/// What an incident does in one setup.
pub fn incident_row(setup: Setup, effect: &Effect) -> String {
    let Effect { incident, before, during, after, p99, .. } = effect;
    let (names, incident, share) = (names(setup), incident.to_string(), percent(effect.share(), 1));
    let reads = rate(effect.busy_reads_per_hour);
    format!("{names} {incident:<17} {before:>8} {during:>8} {share:>8} {after:>8} {p99:>6} {reads:>7}")
}

/// The names of the columns of [`size_row`].
pub fn size_header() -> String {
    format!(
        "{:>8} {:>9} {:>13} {:>14} {:>12} {:>9} {:>10} {:>12} {:>12}",
        "isolates", "births", "isolate hours", "requests", "reads", "hits", "p99", "Paris before", "Paris after"
    )
}

/// One size's figures.
pub fn size_row(isolates: usize, figures: &Figures) -> String {
    let highest = |of: fn(&Effect) -> u64| figures.outages().map(of).max().unwrap_or(0);
    format!(
        "{isolates:>8} {:>9} {:>13.0} {:>14.0} {:>12} {:>9} {:>10} {:>12} {:>12}",
        figures.births,
        figures.isolate_hours,
        figures.requests,
        figures.reads,
        percent(figures.hit_rate, 2),
        figures.ms[1],
        highest(|outage| outage.before),
        highest(|outage| outage.after),
    )
}

/// One setup in words.
pub fn in_words(setup: Setup) -> String {
    let with = |has| if has { "with" } else { "without" };
    format!("{}, {} an embedded snapshot, {} jitter", answers(setup), with(setup.embedded), with(setup.jitter))
}

fn names(setup: Setup) -> String {
    format!("{:<10} {:<9}", answers(setup), yes_or_no(setup.embedded))
}

fn answers(setup: Setup) -> &'static str {
    if setup.behind { "background" } else { "blocking" }
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn percent(share: f64, digits: usize) -> String {
    format!("{:.digits$} %", share * 100.0)
}

fn rate(per_hour: Option<f64>) -> String {
    per_hour.map_or_else(|| "none".to_owned(), |rate| format!("{rate:.1}"))
}
