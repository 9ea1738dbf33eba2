//! The time, and how this machine's clock compares with those of the store's server and of Michael's. Every reader
//! refuses a snapshot from a clock that is 5 minutes ahead, so a run refuses to publish one from 4 minutes on.

use std::time::SystemTime;

use crate::domain::time::Timestamp;

/// Gives the time. Handed in, so that a test can stop it.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

pub fn now() -> Timestamp {
    timestamp(SystemTime::now())
}

/// Now, in milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    now().elapsed_since(Timestamp::EPOCH)
}

pub fn timestamp(time: SystemTime) -> Timestamp {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

pub const WARN_MS: u64 = 30_000;

/// A minute less than what readers allow.
const REFUSE_MS: u64 = 4 * 60_000;

/// Judges how far this machine's clock is ahead of another, in milliseconds; negative if it is behind. From half a minute
/// on there is a warning, from 4 minutes on an error.
pub fn compare(whose: &str, ahead_ms: Option<i64>) -> Result<Option<String>, String> {
    let Some(ahead_ms) = ahead_ms else { return Ok(None) };
    let side = if ahead_ms < 0 { "behind" } else { "ahead" };
    let apart = format!("{} s {side}", ahead_ms.unsigned_abs() / 1000);
    match ahead_ms.unsigned_abs() {
        REFUSE_MS.. => Err(format!(
            "expected this machine's clock to agree with that of {whose} to within 4 minutes, found it {apart}; readers \
             refuse snapshots from the future, so set the clock (with NTP) and run again"
        )),
        WARN_MS.. => Ok(Some(format!(
            "this machine's clock is {apart} compared with that of {whose}; from 4 minutes on every run fails, so set the \
             clock (with NTP)"
        ))),
        _ => Ok(None),
    }
}

/// How far this machine's clock is ahead of a server's, at the least: by the `Date` (RFC 9110, section 6.6.1, in whole
/// seconds) of an answer, and the times when the request was sent and answered.
pub fn ahead_of_date(date: Timestamp, sent: Timestamp, answered: Timestamp) -> i64 {
    let latest = date.plus(999);
    if sent > latest {
        sent.since(latest)
    } else if answered < date {
        answered.since(date)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_both_limits() {
        for sign in [1_i64, -1] {
            let compare = |ahead_ms: i64| compare("x", Some(sign * ahead_ms));
            assert_eq!(compare(29_999), Ok(None));
            assert!(compare(30_000).unwrap().is_some());
            assert!(compare(239_999).unwrap().is_some());
            let side = if sign < 0 { "behind" } else { "ahead" };
            assert!(compare(240_000).unwrap_err().contains(&format!("found it 240 s {side};")));
        }
        assert_eq!(compare("x", None), Ok(None));
        assert!(compare("x", Some(i64::MIN)).is_err());
        let behind = compare("Michael", Some(-31_000)).unwrap().unwrap();
        assert!(behind.contains("31 s behind") && behind.contains("Michael"), "{behind}");
    }

    #[test]
    fn a_slow_answer_and_whole_seconds_are_no_difference() {
        let at = |ms: i64| Timestamp::from_millis(1_000_000_000_000 + ms);
        assert_eq!(ahead_of_date(at(0), at(-20_000), at(20_000)), 0);
        assert_eq!(ahead_of_date(at(0), at(999), at(1_200)), 0);
        assert_eq!(ahead_of_date(at(0), at(1_000), at(1_200)), 1);
        assert_eq!(ahead_of_date(at(0), at(-2_000), at(-1)), -1);
        assert_eq!(ahead_of_date(at(0), at(-3_600_000), at(-3_599_000)), -3_599_000);
    }
}
