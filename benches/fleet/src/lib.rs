//! A day of a fleet of isolates, simulated with the real reader: what it costs the store and Paris, and what a user waits.
//!
//! Isolates share the store and Paris, and neither answers a reader differently because of what other isolates do. So each
//! isolate is simulated alone, event by event, and its reads and fallbacks are added to series by the second; Paris's
//! queue is computed from their sum. This is exact, runs on all cores, and gives the same figures for the same seed.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "figures of a simulation, far below 2^53"
)]

#[path = "../../../src/domain/mod.rs"]
pub mod domain;

pub mod checks;
pub mod effect;
pub mod figures;
pub mod fleet;
pub mod isolate;
pub mod latencies;
pub mod options;
pub mod paris;
pub mod plot;
pub mod plots;
pub mod report;
pub mod scenario;
pub mod series;
pub mod snapshots;
pub mod store;
pub mod tally;

/// Microseconds in a second.
pub const SECOND: u64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: u64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: u64 = 60 * MINUTE;

/// Within one refresh, in seconds, everything is as before an outage.
const REFRESH_S: usize = 10;
/// How long before and after an event the series are looked at, in seconds.
const AROUND_S: usize = 600;

/// The second in which a time in microseconds is.
fn second(us: u64) -> usize {
    (us / SECOND) as usize
}
