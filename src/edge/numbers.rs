//! Numbers between Rust and JavaScript, which only has doubles.

use crate::domain::key::EntrySet;
use crate::domain::read::step::Ticket;
use crate::domain::time::Timestamp;

/// A time from JavaScript's milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates, and a time is clamped")]
pub fn time(now: f64) -> Timestamp {
    Timestamp::from_millis(now as i64)
}

/// A time as JavaScript's milliseconds.
pub fn millis(time: Timestamp) -> f64 {
    to_f64(time.as_millis().unsigned_abs())
}

/// A count from JavaScript's number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
pub fn whole(number: f64) -> u64 {
    number as u64
}

/// A count as JavaScript's number.
#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds stay far below 2^53")]
pub fn to_f64(number: u64) -> f64 {
    number as f64
}

/// The ticket of these numbers. JavaScript keeps tickets, since a request may be cancelled and never come back.
pub fn ticket(number: f64, attempt: u8, started_at: f64, bits: u8) -> Ticket {
    Ticket { number: whole(number), attempt, started_at: time(started_at), entries: EntrySet::from_bits(bits) }
}
