//! What happens over the day, but for chance: traffic, publishes, deploys, and what is wrong with the store and when.

use std::fmt::{self, Display, Formatter};

use crate::{HOUR, MINUTE};

/// Alive isolates by hour, as a share of the most: an audience of one continent.
const BY_HOUR: [f64; 24] = [
    0.30, 0.24, 0.20, 0.18, 0.18, 0.22, 0.32, 0.48, 0.66, 0.80, 0.90, 0.96, 1.00, 0.98, 0.96, 0.95, 0.94, 0.92, 0.90,
    0.88, 0.80, 0.68, 0.54, 0.40,
];

/// A write of the store.
#[derive(Debug, Clone, Copy)]
pub struct Publish {
    /// When, in microseconds.
    pub at: u64,
    /// Whether it only renews `checkedAt`.
    pub is_heartbeat: bool,
}

/// What is wrong with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It refuses every read at once.
    Down,
    /// It never answers.
    Hung,
    /// It takes 30 ms and more.
    Slow,
    /// Half of one region's reads come from a replica that has stood still since.
    Lagging,
}

/// A fault, and when.
#[derive(Debug, Clone, Copy)]
pub struct Incident {
    /// What is wrong.
    pub fault: Fault,
    /// When it begins, in microseconds; a whole minute, as its end.
    pub from: u64,
    /// When it is over.
    pub until: u64,
}

impl Incident {
    /// Whether the store does not answer.
    pub fn is_outage(&self) -> bool {
        matches!(self.fault, Fault::Down | Fault::Hung)
    }
}

/// As in "down at 11:00".
impl Display for Incident {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            Fault::Down => "down",
            Fault::Hung => "hung",
            Fault::Slow => "slow",
            Fault::Lagging => "lagging",
        };
        write!(f, "{fault} at {}:{:02}", self.from / HOUR, self.from % HOUR / MINUTE)
    }
}

/// A simulated period.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// How long it is, in microseconds; it begins at midnight.
    pub length: u64,
    /// Writes, the first at 0.
    pub publishes: Vec<Publish>,
    /// Times at which all isolates are replaced.
    pub deploys: Vec<u64>,
    /// What goes wrong.
    pub incidents: Vec<Incident>,
    /// Whether traffic follows the hour; if not, all isolates are always alive.
    pub by_hour: bool,
}

impl Scenario {
    /// A day with everything in it.
    pub fn day() -> Self {
        let incident = |fault, hour| Incident { fault, from: hour * HOUR, until: hour * HOUR + 10 * MINUTE };
        Self {
            length: 24 * HOUR,
            // A change every four hours, a heartbeat in between.
            publishes: (0..12).map(|n| Publish { at: n * 2 * HOUR, is_heartbeat: n % 2 == 1 }).collect(),
            // One deploy: what it embeds is older than `maxAgeMs`, 13 h, when the store is down for the last time.
            deploys: vec![9 * HOUR],
            incidents: vec![
                incident(Fault::Slow, 3),
                incident(Fault::Down, 11),
                incident(Fault::Hung, 14),
                Incident { from: 20 * HOUR - 2 * MINUTE, ..incident(Fault::Lagging, 20) },
                incident(Fault::Down, 23),
            ],
            by_hour: true,
        }
    }

    /// Two hours and a half with a deploy and everything that can be wrong with the store, for tests.
    pub fn short() -> Self {
        let incident = |fault, minute| Incident { fault, from: minute * MINUTE, until: (minute + 10) * MINUTE };
        Self {
            length: 150 * MINUTE,
            publishes: vec![
                Publish { at: 0, is_heartbeat: false },
                Publish { at: 15 * MINUTE, is_heartbeat: false },
                Publish { at: 60 * MINUTE, is_heartbeat: true },
                Publish { at: 97 * MINUTE, is_heartbeat: false },
            ],
            deploys: vec![20 * MINUTE],
            incidents: vec![
                incident(Fault::Slow, 45),
                incident(Fault::Down, 70),
                incident(Fault::Lagging, 95),
                incident(Fault::Hung, 120),
            ],
            by_hour: false,
        }
    }

    /// The periods in which isolates live that are alive only while more than `share` of the most are.
    pub fn alive(&self, share: f64) -> Vec<(u64, u64)> {
        if !self.by_hour {
            return vec![(0, self.length)];
        }
        let mut periods: Vec<(u64, u64)> = Vec::new();
        for minute in (0..self.length / MINUTE).filter(|minute| level(*minute) > share) {
            let (from, until) = (minute * MINUTE, (minute + 1) * MINUTE);
            match periods.last_mut() {
                Some(last) if last.1 == from => last.1 = until,
                _ => periods.push((from, until)),
            }
        }
        periods
    }

    /// Outages: incidents in which the store does not answer.
    pub fn outages(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(|incident| incident.is_outage())
    }
}

/// The share of isolates that are alive in a minute, between the hours' values.
fn level(minute: u64) -> f64 {
    let of = |hour: u64| BY_HOUR[(hour % 24) as usize];
    let (hour, part) = (minute / 60, (minute % 60) as f64 / 60.0);
    of(hour) + (of(hour + 1) - of(hour)) * part
}
