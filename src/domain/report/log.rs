//! Log events, and how often each may be written: at most once in a window, with the number that was held back.

use serde::Serialize;

use crate::domain::reason::Level;
use crate::domain::time::Timestamp;

/// One log event of a reader. Who asked, and how long it took, is added at the rim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEvent {
    /// Which event, such as `atlas_unavailable`.
    pub event: &'static str,
    /// How loud.
    pub level: Level,
    /// The reason's or the warning's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The logical key at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'static str>,
    /// The version of the snapshot at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// How many like this were held back since the last one.
    pub suppressed: u64,
    /// What was expected and what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Which events were written when.
#[derive(Debug, Default)]
pub struct Throttle {
    window_ms: u64,
    /// One slot for each event and reason that occurred; there are few.
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
    /// A throttle that lets each event and reason through once in `window_ms`.
    #[must_use]
    pub fn new(window_ms: u64) -> Self {
        Self { window_ms, slots: Vec::new() }
    }

    /// Whether this one may be written now: the number held back before it, or `None` if it is held back itself.
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
    fn each_event_and_reason_is_let_through_once_in_a_window() {
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
