//! What is printed. It depends on the seed and the size, and on nothing else.

use crate::figures::Figures;
use crate::isolate::Setup;

/// How it was simulated, in words.
pub const METHOD: &str = "\
Method: the reader of src/domain/read, natively, driven as pkg-template/lib/driver.js drives it (refreshMs 10 s, time-out
50 ms). An isolate lives 1 minute to 6 hours (31 minutes on average) and gets 0.1 to 10 requests a second (each magnitude
as likely). As many are alive as the hour's traffic asks for, at most the number given. A request that the driver answers
with a hit that it keeps does not reach the reader; between two reads such hits are counted as their expected number, not
drawn. Every other request, and every read with its latency, is an event. The store is read in one of 6 regions, in 5 ms
as a rule. 12 writes (every second one a heartbeat), deploys at 9:00 and 18:00 that replace every isolate at once. Store
slow at 3:00, down at 11:00, hung at 14:00, one region lagging at 19:58, about 10 minutes each. Paris answers in 60 ms and
serves 60 % of the highest traffic; more waits in a queue, at most 5 s. An embedded snapshot is a memo that is due to be
refreshed at birth. Times are until a request has its data.";

/// The names of the columns.
pub fn header() -> String {
    format!(
        "{:<10} {:<9} {:<7} {:>9} {:>7} {:>7} {:>8} {:>5} {:>5} {:>6} {:>8} {:>8} {:>8} {:>8} {:>7}",
        "answers",
        "embedded",
        "jitter",
        "reads",
        "/h",
        "busy/h",
        "hits",
        "p50",
        "p99",
        "p99.9",
        "down",
        "p99 then",
        "hung",
        "p99 then",
        "peak"
    )
}

/// What the columns mean.
pub const LEGEND: &str = "\
reads: of the store, in millions; /h: by an isolate in an hour; busy/h: by one with a request a second or more, outages apart
down, hung: the highest load of Paris while the store is, as a share of the traffic, and ms until 99 % have their data
peak: the highest second of reads of the store, of the average, 3 to 10 minutes after a deploy or an outage";

/// One setup's figures.
pub fn row(setup: Setup, figures: &Figures) -> String {
    let of = |yes: bool| if yes { "yes" } else { "no" };
    let answers = if setup.behind { "background" } else { "blocking" };
    let [p50, p99, p999] = figures.ms;
    let outages: Vec<String> = figures
        .outages
        .iter()
        .map(|outage| {
            let share = outage.share * 100.0;
            format!("{:>8} {:>8}", format!("{share:.1} %"), outage.p99)
        })
        .collect();
    let together = figures.together.iter().copied().fold(0.0, f64::max);
    format!(
        "{answers:<10} {:<9} {:<7} {:>9.2} {:>7.1} {:>7.1} {:>8} {p50:>5} {p99:>5} {p999:>6} {} {together:>7.2}",
        of(setup.embedded),
        of(setup.jitter),
        figures.reads as f64 / 1e6,
        figures.reads_per_hour,
        figures.busy_reads_per_hour,
        format!("{:.2} %", figures.hit_rate * 100.0),
        outages.join(" "),
    )
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
    let highest = |of: fn(&crate::figures::Outage) -> u64| figures.outages.iter().map(of).max().unwrap_or(0);
    format!(
        "{isolates:>8} {:>9} {:>13.0} {:>14.0} {:>12} {:>9} {:>10} {:>12} {:>12}",
        figures.births,
        figures.isolate_hours,
        figures.requests,
        figures.reads,
        format!("{:.2} %", figures.hit_rate * 100.0),
        figures.ms[1],
        highest(|outage| outage.before),
        highest(|outage| outage.after),
    )
}
