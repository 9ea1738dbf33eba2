//! Points in time, as the format writes them: RFC 3339 in UTC with milliseconds, `2026-11-22T12:00:00.000Z`.
//!
//! There is no clock here: time is an argument.

use std::fmt;

use serde::{Serialize, Serializer};

const MS_PER_DAY: i64 = 86_400_000;
/// `9999-12-31T23:59:59.999Z`, the last that four digits of a year can write.
const MAX_MS: i64 = 253_402_300_799_999;

/// Milliseconds since the Unix epoch, in the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The Unix epoch, 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// A point in time by milliseconds since the epoch, clamped to the range.
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(0, MAX_MS))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds from `earlier` to `self`; negative if `earlier` is the later one.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Milliseconds from `earlier` to `self`; 0 if the clock went backwards.
    pub fn elapsed_since(self, earlier: Self) -> u64 {
        u64::try_from(self.since(earlier)).unwrap_or(0)
    }

    /// Milliseconds between two points in time, whichever comes first.
    ///
    /// Durations are compared with this, so that nothing lasts longer because a clock was set back.
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// The point in time this many milliseconds later.
    #[must_use]
    pub fn plus(self, ms: u64) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }

    /// Parses exactly the spelling that [`Display`](fmt::Display) writes. Any other is refused, since two spellings of
    /// one time would have two checksums.
    ///
    /// ```
    /// use atlas::domain::time::Timestamp;
    /// let time = Timestamp::parse("2026-11-22T12:00:00.000Z").unwrap();
    /// assert_eq!(time.as_millis(), 1_795_348_800_000);
    /// assert_eq!(time.to_string(), "2026-11-22T12:00:00.000Z");
    /// assert!(Timestamp::parse("2026-11-22T12:00:00Z").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let [year, month, day, hour, minute, second, milli] = numbers(text.as_bytes())?;
        let days = days_from_civil(year, month, day);
        // A month 13 or a 30 February is another day.
        let is_real = civil_from_days(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
        let ms = days * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + milli;
        (is_real && ms >= 0).then_some(Self(ms))
    }

    /// The one spelling of it.
    pub fn text(self) -> String {
        let (year, month, day) = civil_from_days(self.0.div_euclid(MS_PER_DAY));
        let ms = self.0.rem_euclid(MS_PER_DAY);
        let (hour, minute, second, milli) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        let (date, time) = ((year * 100 + month) * 100 + day, (hour * 100 + minute) * 100 + second);
        let mut digits = ((date * 1_000_000 + time) * 1000 + milli).unsigned_abs();
        let mut text = PATTERN.to_vec();
        for byte in text.iter_mut().rev().filter(|byte| **byte == b'0') {
            *byte += (digits % 10) as u8;
            digits /= 10;
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// How a time is spelled. Each `0` is a digit.
const PATTERN: &[u8] = b"0000-00-00T00:00:00.000Z";

/// The numbers of a text with this pattern.
fn numbers(text: &[u8]) -> Option<[i64; 7]> {
    let mut numbers = [0; 7];
    let mut place = 0;
    if text.len() != PATTERN.len() {
        return None;
    }
    for (byte, expected) in text.iter().zip(PATTERN) {
        match (byte, expected) {
            (b'0'..=b'9', b'0') => {
                let number = numbers.get_mut(place)?;
                *number = *number * 10 + i64::from(byte - b'0');
            }
            _ if byte == expected => place += 1,
            _ => return None,
        }
    }
    Some(numbers)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Days since the epoch of a date in the proleptic Gregorian calendar. The year begins in March here, so that the leap
/// day is its last day, and the lengths of the months follow one linear formula.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// The date of a day since the epoch: the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_is_read_as_it_was_written() {
        for day in (0..=MAX_MS / MS_PER_DAY).step_by(17) {
            let time = Timestamp::from_millis(day * MS_PER_DAY + 45_296_789);
            assert_eq!(Timestamp::parse(&time.to_string()), Some(time), "{time}");
        }
    }

    #[test]
    fn known_dates_are_right() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
            ("9999-12-31T23:59:59.999Z", MAX_MS),
        ] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::as_millis), Some(ms), "{text}");
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for text in [
            "",
            "2026-11-22",
            "2026-11-22T12:00:00.000",
            "2026-11-22t12:00:00.000Z",
            "2026-11-22T12:00:00.000+00:00",
            "2026-11-22 12:00:00.000Z",
            "2026-13-01T00:00:00.000Z",
            "2026-02-29T00:00:00.000Z",
            "2026-11-22T24:00:00.000Z",
            "2026-11-22T12:00:00.0000Z",
            "2026-11-22T23:60:00.000Z",
            "2026-11-22T23:59:60.000Z",
            "2026-00-22T12:00:00.000Z",
            "2026-11-00T12:00:00.000Z",
            "2026-11-31T12:00:00.000Z",
            "2026-11-22T12:00:00.00-Z",
            "2026-11-22T12:00:00.0001",
            "1969-12-31T23:59:59.999Z",
            "+026-11-22T12:00:00.000Z",
            "２026-11-22T12:00:00.000Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
