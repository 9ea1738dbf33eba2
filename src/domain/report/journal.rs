//! What a reader reports: what somebody should know becomes a log event. Its decisions are counted where they are given out.

use super::log::{LogEvent, Throttle};
use crate::domain::decide::decision::{Hit, Miss, Warning};
use crate::domain::key::{EntryKey, Key};
use crate::domain::reason::{Level, Reason};
use crate::domain::time::Timestamp;

/// The events that have not been taken yet.
#[derive(Debug)]
pub struct Journal {
    throttle: Throttle,
    events: Vec<LogEvent>,
    /// Why the last read failed. Lookups that the breaker refuses belong to the same outage and are not logged apart.
    outage: Reason,
}

impl Journal {
    /// A journal that records the same event at most once in `log_window_ms`.
    pub fn new(log_window_ms: u64) -> Self {
        let throttle = Throttle::new(log_window_ms);
        Self { throttle, events: Vec::new(), outage: Reason::Unavailable }
    }

    /// Records a decision, with the version of the snapshot that is held.
    pub fn decided(&mut self, result: &Result<Hit, Miss>, version: Option<u64>, now: Timestamp) {
        match result {
            Ok(Hit { warning: Some(Warning { code, message }), .. }) => {
                let key = Some(Key::Entry(EntryKey::PlanHints).logical());
                let event = event("atlas_hints_unavailable", Level::Warn, version);
                self.note(LogEvent { reason: Some(code), key, message: Some(message.clone()), ..event }, code, now);
            }
            Ok(_) => {}
            Err(miss) => self.failed(miss, version, now),
        }
    }

    /// Records a failure of a lookup, or of a refresh behind an answer.
    pub fn failed(&mut self, miss: &Miss, version: Option<u64>, now: Timestamp) {
        let Miss { reason, key, message } = miss;
        let cause = match reason {
            Reason::BreakerOpen => self.outage,
            Reason::Timeout | Reason::Unavailable => {
                self.outage = *reason;
                *reason
            }
            _ => *reason,
        };
        let (key, message) = (key.map(Key::logical), Some(message.clone()));
        let event = event(reason.event(), reason.level(), version);
        self.note(LogEvent { reason: Some(reason.code()), key, message, ..event }, cause.code(), now);
    }

    /// Records that the store answers again.
    pub fn recovered(&mut self, version: Option<u64>, now: Timestamp) {
        self.note(event("atlas_recovered", Level::Info, version), "", now);
    }

    /// The events since the last call, the oldest first.
    pub fn take_events(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.events)
    }

    /// Records an event, unless one with the same cause was recorded within the window.
    fn note(&mut self, event: LogEvent, cause: &'static str, now: Timestamp) {
        if let Some(suppressed) = self.throttle.admit(event.event, cause, now) {
            self.events.push(LogEvent { suppressed, ..event });
        }
    }
}

fn event(event: &'static str, level: Level, version: Option<u64>) -> LogEvent {
    LogEvent { event, level, reason: None, key: None, version, suppressed: 0, message: None }
}
