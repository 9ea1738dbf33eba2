//! What time it is, and whether others agree: the store's server tells its time with each answer, and so does Michael.
//! A snapshot that is stamped by a clock 5 minutes ahead is refused by every reader, so a run refuses to stamp it before
//! that.

use std::time::SystemTime;

use crate::domain::time::Timestamp;

/// Gives the time. Handed in, so that a test can stop it.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(now_ms()).unwrap_or(i64::MAX))
}

/// Now, in milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

pub const WARN_MS: u64 = 30_000;

/// From this difference on a run refuses, in milliseconds: a minute less than what readers allow.
pub const REFUSE_MS: u64 = 4 * 60_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected this machine's clock to agree with that of {whose} to within 4 minutes, found it {}; readers refuse \
     snapshots from the future, so set the clock (with NTP) and run again", apart(*.ahead_ms)
)]
pub struct ClockSkew {
    pub whose: &'static str,
    /// How far this machine's clock is ahead, in milliseconds; negative if it is behind.
    pub ahead_ms: i64,
}

/// Judges a difference. From half a minute on there is a warning.
pub fn compare(whose: &'static str, ahead_ms: i64) -> Result<Option<String>, ClockSkew> {
    match ahead_ms.unsigned_abs() {
        REFUSE_MS.. => Err(ClockSkew { whose, ahead_ms }),
        WARN_MS.. => Ok(Some(format!(
            "this machine's clock is {} compared with that of {whose}; from 4 minutes on runs refuse, so set the \
             clock (with NTP)",
            apart(ahead_ms)
        ))),
        _ => Ok(None),
    }
}

/// How far this machine's clock is ahead of a server whose `Date` (RFC 9110, section 6.6.1, in whole seconds) came with
/// an answer to a request that was sent and answered at these times: as little as that allows.
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

fn apart(ahead_ms: i64) -> String {
    let side = if ahead_ms < 0 { "behind" } else { "ahead" };
    format!("{} s {side}", ahead_ms.unsigned_abs() / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_both_limits() {
        for sign in [1, -1] {
            assert_eq!(compare("x", sign * 29_999), Ok(None));
            assert!(compare("x", sign * 30_000).unwrap().is_some());
            assert!(compare("x", sign * 239_999).unwrap().is_some());
            assert_eq!(compare("x", sign * 240_000), Err(ClockSkew { whose: "x", ahead_ms: sign * 240_000 }));
        }
        assert!(compare("x", i64::MIN).is_err());
        let behind = compare("Michael", -31_000).unwrap().unwrap();
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
