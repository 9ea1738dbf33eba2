//! Numbers between Rust and JavaScript, which has doubles only.

use crate::domain::key::EntryKey;
use crate::domain::read::step::Ticket;
use crate::domain::report::stats::Stats;
use crate::domain::time::Timestamp;

/// A time, from JavaScript's milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates, and a time is clamped")]
pub fn time(now: f64) -> Timestamp {
    Timestamp::from_millis(now as i64)
}

/// A time, as JavaScript's milliseconds.
pub fn millis(time: Timestamp) -> f64 {
    to_f64(time.as_millis().unsigned_abs())
}

/// A count, from JavaScript's.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
pub fn whole(number: f64) -> u64 {
    number as u64
}

/// A count, as JavaScript's.
#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^53")]
pub fn to_f64(number: u64) -> f64 {
    number as f64
}

/// Counters from JavaScript's: the hits, then the fallbacks in the order of the reasons.
pub fn counters(counts: &[f64]) -> Stats {
    let (hits, fallbacks) = counts.split_first().unwrap_or((&0.0, &[]));
    Stats::of(whole(*hits), fallbacks.iter().copied().map(whole))
}

/// A ticket as the numbers that JavaScript hands back: number, attempt, start, and the entries as bits by their place in
/// the registry. Nothing about a lookup under way is kept here, since its request may be cancelled and never come back.
pub fn from_ticket(ticket: &Ticket) -> Vec<f64> {
    let entries =
        EntryKey::ALL.into_iter().rev().fold(0, |bits, key| bits * 2 + u8::from(ticket.entries.contains(&key)));
    vec![to_f64(ticket.number), f64::from(ticket.attempt), millis(ticket.started_at), f64::from(entries)]
}

/// The ticket of these numbers.
pub fn to_ticket(numbers: &[f64]) -> Ticket {
    let [number, attempt, started_at, entries] = numbers.try_into().unwrap_or_default();
    let (attempt, entries) = (whole(attempt), whole(entries));
    let is_set = |place: &usize| entries >> place & 1 == 1;
    Ticket {
        number: whole(number),
        attempt: u8::try_from(attempt).unwrap_or(u8::MAX),
        started_at: time(started_at),
        entries: EntryKey::ALL.into_iter().enumerate().filter(|(place, _)| is_set(place)).map(|(_, key)| key).collect(),
    }
}
