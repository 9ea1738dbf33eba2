//! How old a snapshot may be. Its age counts from `checkedAt`, the last time that a sync confirmed it against Michael. If
//! syncs stop, the version stays valid, and the age grows.

use crate::domain::time::Timestamp;

/// How far the writer's clock may be ahead of the reader's: 5 minutes, in milliseconds.
pub const MAX_SKEW_MS: i64 = 5 * 60 * 1000;

/// The default for the greatest age that is served: 13 hours, in milliseconds.
pub const DEFAULT_MAX_AGE_MS: u64 = 13 * 60 * 60 * 1000;

/// Whether a snapshot's age lets it be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Young enough to serve.
    Fresh,
    /// `checkedAt` is more than [`MAX_SKEW_MS`] in the future.
    Skewed {
        /// Milliseconds that it is ahead.
        ahead_ms: u64,
    },
    /// Older than allowed.
    Expired {
        /// Milliseconds since `checkedAt`.
        age_ms: u64,
    },
}

/// Classifies the age of a snapshot. Both limits are inclusive: an age of exactly the limit is fresh.
pub fn classify(checked_at: Timestamp, now: Timestamp, max_age_ms: u64) -> Freshness {
    let age_ms = now.elapsed_since(checked_at);
    if checked_at.since(now) > MAX_SKEW_MS {
        Freshness::Skewed { ahead_ms: checked_at.elapsed_since(now) }
    } else if age_ms > max_age_ms {
        Freshness::Expired { age_ms }
    } else {
        Freshness::Fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(age_ms: i64) -> Freshness {
        let checked_at = Timestamp::from_millis(1_000_000_000_000);
        classify(checked_at, Timestamp::from_millis(checked_at.as_millis() + age_ms), 1000)
    }

    #[test]
    fn both_sides_of_the_greatest_age() {
        assert_eq!(at(999), Freshness::Fresh);
        assert_eq!(at(1000), Freshness::Fresh);
        assert_eq!(at(1001), Freshness::Expired { age_ms: 1001 });
    }

    #[test]
    fn both_sides_of_the_present_and_of_the_greatest_skew() {
        assert_eq!(at(0), Freshness::Fresh);
        assert_eq!(at(-1), Freshness::Fresh);
        assert_eq!(at(-MAX_SKEW_MS), Freshness::Fresh);
        assert_eq!(at(-MAX_SKEW_MS - 1), Freshness::Skewed { ahead_ms: 300_001 });
    }
}
