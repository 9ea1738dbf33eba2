//! How often reads are made behind answers. Nobody waits for them, and the reader cannot know whether the last one is still
//! in flight: its request may have been cancelled, and never come back.

use crate::domain::time::Timestamp;

/// The least time between two of them, in milliseconds.
const EVERY_MS: u64 = 1_000;

/// Doubled this often, the time is longer than any refresh time.
const MOST_DOUBLED: u32 = 12;

/// The pace of the reads behind answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// When the last one began.
    began_at: Option<Timestamp>,
    /// How many have begun since the store was last heard of.
    unheard: u32,
}

impl Pace {
    /// Whether the last one began too short ago. Each further one that is not heard of doubles the time, up to the refresh
    /// time: a store that hangs is then read no more often than one that answers.
    pub fn holds_back(&self, now: Timestamp, refresh_ms: u64) -> bool {
        let doubled = EVERY_MS << self.unheard.saturating_sub(1).min(MOST_DOUBLED);
        let wait = doubled.min(refresh_ms).max(EVERY_MS);
        self.began_at.is_some_and(|began_at| now.distance(began_at) < wait)
    }

    /// A read began.
    pub fn began(&mut self, now: Timestamp) {
        *self = Self { began_at: Some(now), unheard: self.unheard.saturating_add(1) };
    }

    /// The store answered, or failed.
    pub fn heard(&mut self) {
        self.unheard = 0;
    }
}
