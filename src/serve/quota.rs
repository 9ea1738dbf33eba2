//! How many writes the store allows, and how the syncs keep to it. Pure: time is handed in.
//!
//! Vercel meters writes: 100 an hour on Pro, 250 a month on Hobby. A fifth of that may be used up at once; the rest comes
//! back evenly over the period. So no period holds more writes than the quota, and the more of them were used just now,
//! the longer notifications are merged into one sync. Only the renewal of a snapshot waits no longer than 6 h for the
//! quota, since an expired snapshot is worse than a write too many.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);
const MONTH: Duration = Duration::from_hours(30 * 24);

/// Part of the quota that may be used up at once: one in so many writes.
const BURST: u32 = 5;

/// The longest time from one write to the next that keeps a snapshot fresh: readers refuse it after 13 h, and the
/// heartbeat's default is 6 h.
pub(super) const LONGEST_INTERVAL: Duration = Duration::from_hours(6);

/// A number of writes in a period, such as `100/hour`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteQuota {
    writes: u32,
    period: Duration,
}

impl WriteQuota {
    /// How many writes may follow each other at once.
    fn burst(self) -> u32 {
        (self.writes / BURST).max(1)
    }

    /// How long it takes until one more write is allowed.
    fn interval(self) -> Duration {
        self.period / self.writes.saturating_sub(self.burst()).max(1)
    }

    /// How long it takes until all writes that may follow each other at once have come back.
    fn burst_time(self) -> Duration {
        self.interval() * self.burst()
    }

    /// Whether a job may write once in each interval, for ever.
    pub fn allows_one_every(self, interval: Duration) -> bool {
        interval.saturating_mul(self.writes) >= self.period
    }
}

impl FromStr for WriteQuota {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected 100/hour (Vercel's Pro and Enterprise) or 250/month (Hobby)".to_owned();
        let (writes, period) = text.split_once('/').ok_or_else(expected)?;
        let period = match period {
            "hour" => HOUR,
            "month" => MONTH,
            _ => return Err(expected()),
        };
        let quota = Self { writes: writes.parse().map_err(|_| expected())?, period };
        if quota.writes == 0 || quota.interval() > LONGEST_INTERVAL {
            return Err(format!(
                "expected a quota that lets a write through every {} h, since readers refuse a snapshot that is not \
                 renewed",
                LONGEST_INTERVAL.as_secs() / 3600
            ));
        }
        Ok(quota)
    }
}

impl fmt::Display for WriteQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.writes, if self.period == HOUR { "hour" } else { "month" })
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WriteAllowance {
    /// Nothing: the store is a file.
    Free,
    /// The quota was not given.
    Unknown,
    /// The quota, and the time at which the writes that were made will have come back.
    Metered { quota: WriteQuota, paid_off: Duration },
}

impl From<WriteQuota> for WriteAllowance {
    fn from(quota: WriteQuota) -> Self {
        Self::Metered { quota, paid_off: Duration::ZERO }
    }
}

impl WriteAllowance {
    /// Counts writes that were made by this time. However many they are, a period later they count no more.
    pub fn spend(&mut self, writes: u32, now: Duration) {
        if let Self::Metered { quota, paid_off } = self {
            let cost = quota.interval().saturating_mul(writes);
            *paid_off = (*paid_off).max(now).saturating_add(cost).min(now.saturating_add(quota.period));
        }
    }

    /// Counts what others wrote, as far as a rise of the version tells. A version is no count of writes, since
    /// `--min-version` lets it jump: no rise costs more than the writes that may follow each other at once.
    pub fn spend_by_others(&mut self, versions: u64, now: Duration) {
        if let Self::Metered { quota, .. } = self {
            let most = quota.burst();
            self.spend(u32::try_from(versions).map_or(most, |versions| versions.min(most)), now);
        }
    }

    /// When the next write is within the quota.
    pub fn earliest(&self) -> Duration {
        match self {
            Self::Free | Self::Unknown => Duration::ZERO,
            Self::Metered { quota, paid_off } => {
                paid_off.saturating_add(quota.interval()).saturating_sub(quota.burst_time())
            }
        }
    }

    /// How long to wait after a sync that ended at this time before the next one that a notification asks for; `None` if
    /// the quota does not say.
    pub fn gap(&self, ended: Duration) -> Option<Duration> {
        match self {
            Self::Free => Some(Duration::ZERO),
            Self::Unknown => None,
            // From nothing, when all writes are left, to the whole interval when none is; little for the first few.
            Self::Metered { quota, paid_off } => {
                let used = paid_off.saturating_sub(ended).div_duration_f64(quota.burst_time()).min(1.0);
                Some(quota.interval().mul_f64(used * used))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRO: &str = "100/hour";
    const HOBBY: &str = "250/month";

    fn writes(quota: &str) -> WriteAllowance {
        quota.parse::<WriteQuota>().unwrap().into()
    }

    /// Writes as soon as it is allowed, for this many hours; when each was made.
    fn greedy(quota: &str, hours: u64) -> Vec<Duration> {
        let (mut writes, mut now, mut made) = (writes(quota), Duration::ZERO, Vec::new());
        loop {
            now = now.max(writes.earliest());
            if now > Duration::from_hours(hours) {
                return made;
            }
            writes.spend(1, now);
            made.push(now);
        }
    }

    #[test]
    fn no_period_holds_more_writes_than_the_quota() {
        for (quota, period, most, hours) in
            [(PRO, HOUR, 100, 6), (HOBBY, MONTH, 250, 2_400), ("1000/hour", HOUR, 1000, 3)]
        {
            let made = greedy(quota, hours);
            let in_period =
                |from: &Duration| made.iter().filter(|at| (*from..from.saturating_add(period)).contains(&**at)).count();
            let found = made.iter().map(in_period).max().unwrap();
            assert!(found <= most && found > most * 9 / 10, "{quota}: {found}");
        }
    }

    #[test]
    fn a_fifth_may_be_used_at_once_and_then_one_after_each_interval() {
        let made = greedy(PRO, 1);
        assert_eq!(made[..20], [Duration::ZERO; 20]);
        assert_eq!((made[20], made[21]), (Duration::from_secs(45), Duration::from_secs(90)));
    }

    #[test]
    fn the_more_was_written_just_now_the_longer_notifications_are_merged() {
        let now = Duration::from_hours(2);
        let gap = |quota: &str, spent| {
            let mut writes = writes(quota);
            writes.spend(spent, now);
            writes.gap(now).unwrap().as_millis()
        };
        assert_eq!([0, 1, 5, 10, 20, 30].map(|spent| gap(PRO, spent)), [0, 112, 2_812, 11_250, 45_000, 45_000]);
        assert_eq!([1, 10, 50].map(|spent| gap(HOBBY, spent) / 1000), [5, 518, 12_960]);
    }

    #[test]
    fn what_was_used_comes_back_and_no_more_than_that() {
        let mut writes = writes(PRO);
        writes.spend(20, Duration::ZERO);
        assert_eq!(writes.earliest(), Duration::from_secs(45));
        assert_eq!(writes.gap(Duration::from_hours(1)), Some(Duration::ZERO));
        let later = Duration::from_hours(9);
        writes.spend(20, later);
        assert_eq!(writes.earliest(), later + Duration::from_secs(45), "a quiet night saves nothing up");
        writes.spend(10, later);
        assert_eq!(writes.earliest(), later + Duration::from_secs(45 * 11), "writes beyond the quota delay later ones");
    }

    #[test]
    fn a_rise_of_the_version_costs_a_burst_at_most() {
        let earliest = |versions| {
            let mut writes = writes(PRO);
            writes.spend_by_others(versions, Duration::ZERO);
            writes.earliest()
        };
        assert_eq!([0, 19, 20].map(earliest), [0, 0, 45].map(Duration::from_secs));
        assert_eq!([21, 40, u64::MAX].map(earliest), [Duration::from_secs(45); 3]);
    }

    #[test]
    fn a_debt_is_over_after_a_period() {
        for (quota, period) in [(PRO, HOUR), (HOBBY, MONTH)] {
            let (mut writes, now) = (writes(quota), Duration::from_hours(9));
            writes.spend(u32::MAX, now);
            writes.spend(u32::MAX, now);
            assert!(writes.earliest() < now + period, "{quota}");
            assert_eq!(writes.gap(now + period), Some(Duration::ZERO), "{quota}");
        }
    }

    #[test]
    fn a_quota_says_how_many_in_which_period() {
        for good in ["100/hour", "250/month", "1/hour", "149/month"] {
            assert_eq!(good.parse::<WriteQuota>().unwrap().to_string(), good);
        }
        for (bad, says) in [
            ("100", "expected 100/hour"),
            ("100/day", "expected 100/hour"),
            ("-1/hour", "expected 100/hour"),
            ("0/hour", "lets a write through every 6 h"),
            ("148/month", "lets a write through every 6 h"),
        ] {
            let error = bad.parse::<WriteQuota>().unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
