//! Log events, each of which is written at most once in a window, with the number that was suppressed.

use serde::Serialize;

use crate::domain::reason::Level;
use crate::domain::time::Timestamp;

/// One log event of a reader. The JavaScript adds the request and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    /// Which event, such as `atlas_unavailable`.
    pub event: &'static str,
    /// Its severity.
    pub level: Level,
    /// The reason's or the warning's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The logical key at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'static str>,
    /// The version of the snapshot that is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// The number of events like this that were suppressed since the last one.
    pub suppressed: u64,
    /// What was expected and what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Limits how often each event is written.
#[derive(Debug, Default)]
pub struct Throttle {
    window_ms: u64,
    /// One slot for each event and reason that has occurred; there are few.
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
    event: &'static str,
    reason: &'static str,
    written_at: Timestamp,
    suppressed: u64,
}

impl Throttle {
    /// A throttle that admits each event and reason once in `window_ms`.
    pub fn new(window_ms: u64) -> Self {
        Self { window_ms, slots: Vec::new() }
    }

    /// Admits an event and returns the number suppressed before it, or suppresses it and returns `None`.
    pub fn admit(&mut self, event: &'static str, reason: &'static str, now: Timestamp) -> Option<u64> {
        let Some(slot) = self.slots.iter_mut().find(|slot| (slot.event, slot.reason) == (event, reason)) else {
            self.slots.push(Slot { event, reason, written_at: now, suppressed: 0 });
            return Some(0);
        };
        if now.distance(slot.written_at) < self.window_ms {
            slot.suppressed += 1;
            return None;
        }
        let suppressed = slot.suppressed;
        (slot.written_at, slot.suppressed) = (now, 0);
        Some(suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_and_reason_is_admitted_once_in_a_window() {
        let at = Timestamp::from_millis;
        let mut throttle = Throttle::new(60_000);
        assert_eq!(throttle.admit("atlas_unavailable", "timeout", at(0)), Some(0));
        assert_eq!(throttle.admit("atlas_unavailable", "timeout", at(1)), None);
        assert_eq!(throttle.admit("atlas_unavailable", "unavailable", at(1)), Some(0));
        assert_eq!(throttle.admit("atlas_unavailable", "timeout", at(59_999)), None);
        assert_eq!(throttle.admit("atlas_unavailable", "timeout", at(60_000)), Some(2));
        assert_eq!(throttle.admit("atlas_unavailable", "timeout", at(60_001)), None);
    }
}
