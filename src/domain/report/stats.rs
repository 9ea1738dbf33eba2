//! The counters of a reader, as Paris adds them up: hits, and fallbacks by reason. Venice counts in JavaScript
//! (`counters.js` of the package).

use serde::{Serialize, Serializer};
use sfv::{BareItem, ListEntry};

use crate::domain::headers::error::HeaderError;
use crate::domain::headers::structured;
use crate::domain::json::scanner::MAX_SAFE_INTEGER;
use crate::domain::reason::Reason;

/// The header that carries counters from Venice to Paris: a dictionary of RFC 9651, section 3.2, such as
/// `hits=119, timeout=1`. Counters that are 0 are left out.
pub const HEADER: &str = "Atlas-Stats";

/// The greatest length of the header, in bytes: every reason with the largest count fits.
const MOST_HEADER_BYTES: usize = 1024;

/// The header's members beside the reasons.
const HITS: &str = "hits";
const EMBEDDED: &str = "embedded";
const LAST_RESORT: &str = "last_resort";

/// The largest count: counters saturate where JavaScript no longer holds every integer exactly.
pub const MOST: u64 = MAX_SAFE_INTEGER;

fn sum(count: u64, more: u64) -> u64 {
    count.saturating_add(more).min(MOST)
}

/// Counters of lookups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    hits: u64,
    fallbacks: [u64; Reason::ALL.len()],
    embedded: u64,
    last_resorts: u64,
}

impl Stats {
    fn set(&mut self, reason: Reason, count: u64) {
        if let Some(slot) = self.fallbacks.get_mut(reason as usize) {
            *slot = count;
        }
    }

    /// Parses the header's value. Unknown members come from a newer Venice and are ignored.
    ///
    /// # Errors
    ///
    /// If it is too long or not a dictionary, or if a known count is not an integer of at least 0.
    pub fn from_header(value: &str) -> Result<Self, HeaderError> {
        let mut stats = Self::default();
        for (name, member) in &structured::parse(HEADER, MOST_HEADER_BYTES, value)? {
            let wrong = || HeaderError(format!("{HEADER}: {name}: expected an integer of 0 or more"));
            let count = || count(member).ok_or_else(wrong);
            match name.as_str() {
                HITS => stats.hits = count()?,
                EMBEDDED => stats.embedded = count()?,
                LAST_RESORT => stats.last_resorts = count()?,
                name => {
                    if let Some(reason) = Reason::from_code(name) {
                        stats.set(reason, count()?);
                    }
                }
            }
        }
        Ok(stats)
    }

    /// Adds other counters to these. Each saturates at [`MOST`].
    pub fn add(&mut self, other: &Self) {
        self.hits = sum(self.hits, other.hits);
        self.embedded = sum(self.embedded, other.embedded);
        self.last_resorts = sum(self.last_resorts, other.last_resorts);
        for (count, more) in self.fallbacks.iter_mut().zip(other.fallbacks) {
            *count = sum(*count, more);
        }
    }

    /// Hits and fallbacks, [`MOST`] at most.
    pub fn lookups(&self) -> u64 {
        self.all().min(MOST)
    }

    /// Hits and fallbacks. Fifteen counts of 53 bits fit in 64.
    fn all(&self) -> u64 {
        self.fallbacks.iter().fold(self.hits, |sum, count| sum.saturating_add(*count))
    }

    /// Lookups that were served.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// Of the hits, those from an embedded snapshot that the store had not confirmed.
    pub fn embedded(&self) -> u64 {
        self.embedded
    }

    /// Of the fallbacks, those that a last resort answered.
    pub fn last_resorts(&self) -> u64 {
        self.last_resorts
    }

    /// Fallbacks by reason, without those that did not occur.
    pub fn fallbacks(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.fallbacks).filter(|(_, count)| *count > 0)
    }

    /// Hits divided by lookups, 0 to 1; `None` without a lookup.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than a double's 53 bits")]
    pub fn hit_rate(&self) -> Option<f64> {
        // Of all of them: where their number is capped, the rate is not.
        let lookups = self.all();
        (lookups > 0).then(|| self.hits as f64 / lookups as f64)
    }
}

impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Shown {
            lookups: u64,
            hits: u64,
            #[serde(serialize_with = "by_name")]
            fallbacks: Vec<(Reason, u64)>,
            #[serde(skip_serializing_if = "Option::is_none")]
            embedded: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            last_resort: Option<u64>,
        }
        let [embedded, last_resort] = [self.embedded, self.last_resorts].map(some_if_any);
        let fallbacks = self.fallbacks().collect();
        Shown { lookups: self.lookups(), hits: self.hits, fallbacks, embedded, last_resort }.serialize(serializer)
    }
}

/// A count that is only shown if there were any.
pub(crate) fn some_if_any(count: u64) -> Option<u64> {
    (count > 0).then_some(count)
}

/// Serializes counts as a map by reason.
pub(crate) fn by_name<S: Serializer>(fallbacks: &[(Reason, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fallbacks.iter().map(|(reason, count)| (reason.code(), count)))
}

fn count(member: &ListEntry) -> Option<u64> {
    match member {
        ListEntry::Item(item) => match &item.bare_item {
            BareItem::Integer(count) => u64::try_from(i64::from(*count)).ok(),
            _ => None,
        },
        ListEntry::InnerList(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_read_from_the_header() {
        let stats = Stats::from_header("hits=2, schema_version_mismatch=1").unwrap();
        assert_eq!(stats.hits(), 2);
        assert_eq!(stats.fallbacks().collect::<Vec<_>>(), [(Reason::SchemaVersionMismatch, 1)]);
        assert_eq!(Stats::from_header("").unwrap(), Stats::default());
        for future in ["7", "-1", "1.5", "?0", "word", "\"text\"", "(1 2)", "@1"] {
            let header = format!("hits=1, from_the_future={future}");
            assert_eq!(Stats::from_header(&header).map(|stats| stats.lookups()), Ok(1), "{header}");
        }
    }

    #[test]
    fn what_came_without_the_store_is_counted_beside_hits_and_fallbacks() {
        let mut stats = Stats::from_header("hits=5, embedded=2, last_resort=1, unavailable=3").unwrap();
        assert_eq!((stats.lookups(), stats.embedded(), stats.last_resorts()), (8, 2, 1));
        let shown = serde_json::to_value(stats).unwrap();
        assert_eq!((&shown["embedded"], &shown["lastResort"]), (&2.into(), &1.into()));
        let batch = stats;
        stats.add(&batch);
        assert_eq!((stats.embedded(), stats.last_resorts()), (4, 2));
        let none = serde_json::to_value(Stats::from_header("hits=1").unwrap()).unwrap();
        assert_eq!(none.get("embedded").or(none.get("lastResort")), None);
        assert!(Stats::from_header("embedded=-1").is_err());
    }

    #[test]
    fn hostile_headers_are_refused() {
        let long = "a".repeat(2000);
        for value in [
            "hits=-1",
            "hits=1.5",
            "hits=?1",
            "hits=(1 2)",
            "hits=\"1\"",
            "hits=1,",
            "hits=9999999999999999",
            "H=1",
            "\u{e9}=1",
            &long,
        ] {
            assert!(Stats::from_header(value).is_err(), "{value}");
        }
    }

    /// Every member with the largest integer of a structured field: a header that any client may send.
    fn largest_header() -> String {
        let names = [HITS, EMBEDDED, LAST_RESORT].into_iter().chain(Reason::ALL.map(Reason::code));
        names.map(|name| format!("{name}=999999999999999")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn no_sum_is_more_than_javascript_holds_exactly() {
        let mut stats = Stats::from_header(&largest_header()).unwrap();
        assert_eq!(stats.lookups(), MOST, "15 times 10^15 - 1");
        assert_eq!(stats.hit_rate(), Some(1.0 / 15.0), "though their number is capped");
        for _ in 0..10 {
            let batch = stats;
            stats.add(&batch);
        }
        assert_eq!((stats.hits(), stats.lookups()), (MOST, MOST));
        assert_eq!(stats.fallbacks().map(|(_, count)| count).max(), Some(MOST));
    }

    #[test]
    fn every_reason_has_a_counter_of_its_own() {
        assert_eq!(Stats::default().hit_rate(), None);
        let mut stats = Stats::from_header("hits=1").unwrap();
        for reason in Reason::ALL {
            stats.add(&Stats::from_header(&format!("{reason}=1")).unwrap());
        }
        assert_eq!(stats.fallbacks().collect::<Vec<_>>(), Reason::ALL.map(|reason| (reason, 1)));
        assert_eq!((stats.hits(), stats.lookups()), (1, 15));
        assert_eq!(stats.hit_rate(), Some(1.0 / 15.0));
    }
}
