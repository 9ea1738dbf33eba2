//! Durations on the command line, and their limits. What was found is shown by the command line's own error.

use std::time::Duration;

use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;

/// Parses `--heartbeat`. A snapshot that is renewed only after readers refuse it would be unusable in between.
pub fn heartbeat(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time < Duration::from_millis(DEFAULT_MAX_AGE_MS) {
        return Ok(time);
    }
    Err("expected less than 13h, since readers refuse a snapshot that is not renewed by then".to_owned())
}

/// Parses a time in which something can happen.
pub fn lasting(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("expected a time longer than 0, such as 60s".to_owned()) } else { Ok(time) }
}

/// Parses a whole number and `ms`, `s`, `m` or `h`.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a whole number with ms, s, m or h, such as 90s or 6h".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(expected()),
    };
    let count: u64 = digits.parse().map_err(|_| expected())?;
    count.checked_mul(unit).map(Duration::from_millis).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heartbeat_comes_before_readers_refuse() {
        for (text, good) in [("0s", true), ("46799999ms", true), ("13h", false), ("24h", false), ("6", false)] {
            assert_eq!(heartbeat(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn no_time_is_too_little() {
        for (text, good) in [("0s", false), ("0h", false), ("1ms", true), ("60", false)] {
            assert_eq!(lasting(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, ms) in [("0s", 0), ("250ms", 250), ("90s", 90_000), ("30m", 1_800_000), ("6h", 21_600_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for bad in ["", "6", "h", "-1s", "1.5h", "6 h", "6d", "99999999999999999999s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
