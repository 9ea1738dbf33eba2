//! What the contract says of a reader, without its insides: its breaker, its counters and its log, told of the same
//! events as the reader.

use std::collections::BTreeMap;

use atlas::domain::decide::decision::{Hit, Miss};
use atlas::domain::reason::Reason;
use atlas::domain::time::Timestamp;

const FAILURES: u32 = 3;
const OPEN_MS: u64 = 5_000;

/// A log event, as far as it can be foretold: event, reason, and how many were held back before it.
pub type Line = (&'static str, Option<&'static str>, u64);

/// The reader's obligations so far.
pub struct Model {
    log_window_ms: u64,
    pub hits: u64,
    failures: u32,
    open_since: Option<Timestamp>,
    outage: &'static str,
    written: BTreeMap<(&'static str, &'static str), (Timestamp, u64)>,
    lines: Vec<Line>,
    /// The highest version of the memo so far: nothing older may be served again.
    pub floor: u64,
}

impl Model {
    pub fn new(log_window_ms: u64) -> Self {
        Self {
            log_window_ms,
            hits: 0,
            failures: 0,
            open_since: None,
            outage: "unavailable",
            written: BTreeMap::new(),
            lines: Vec::new(),
            floor: 0,
        }
    }

    /// Whether the breaker must hold a read back.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.open_since.is_some_and(|since| now.distance(since) < OPEN_MS)
    }

    /// A lookup began to read. Behind an open breaker it is the probe, and the next may follow 5 s later.
    pub fn read_began(&mut self, now: Timestamp) {
        if self.open_since.is_some() {
            self.open_since = Some(now);
        }
    }

    /// A read failed: the third in a row opens the breaker.
    pub fn read_failed(&mut self, now: Timestamp) {
        self.failures += 1;
        if self.failures == FAILURES {
            self.open_since = Some(now);
        }
    }

    /// The store answered.
    pub fn read_answered(&mut self, now: Timestamp) {
        self.failures = 0;
        if self.open_since.take().is_some() {
            self.log("atlas_recovered", None, "", now);
        }
    }

    /// A lookup was decided, and is logged once in a window.
    pub fn decided(&mut self, result: &Result<Hit, Miss>, now: Timestamp) {
        match result {
            Ok(hit) => {
                self.hits += 1;
                if let Some(warning) = &hit.warning {
                    self.log("atlas_hints_unavailable", Some(warning.code), warning.code, now);
                }
            }
            Err(miss) => {
                let code = miss.reason.code();
                if matches!(miss.reason, Reason::Timeout | Reason::Unavailable) {
                    self.outage = code;
                }
                let cause = if miss.reason == Reason::BreakerOpen { self.outage } else { code };
                self.log(miss.reason.event(), Some(code), cause, now);
            }
        }
    }

    fn log(&mut self, event: &'static str, reason: Option<&'static str>, cause: &'static str, now: Timestamp) {
        match self.written.get_mut(&(event, cause)) {
            Some((written_at, held_back)) if now.distance(*written_at) < self.log_window_ms => *held_back += 1,
            slot => {
                let held_back = slot.map_or(0, |(_, held_back)| *held_back);
                self.written.insert((event, cause), (now, 0));
                self.lines.push((event, reason, held_back));
            }
        }
    }

    /// The lines that the reader must have written since the last call.
    pub fn take_lines(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }
}
