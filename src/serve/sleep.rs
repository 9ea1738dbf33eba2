//! How long the machine has slept since the service started, as a laptop does: the monotonic clock does not count it, and
//! the machine's own may be set by anybody.

use std::time::{Duration, Instant};

/// Less than this is the difference of two readings.
const LEAST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Sleep {
    began: Instant,
    uptime: Option<Duration>,
}

impl Sleep {
    pub fn watch() -> Self {
        Self { began: Instant::now(), uptime: uptime() }
    }

    /// Zero where the system does not say.
    pub fn so_far(&self) -> Duration {
        let passed = self.uptime.zip(uptime()).map(|(then, now)| now.saturating_sub(then));
        slept(passed.unwrap_or_default(), self.began.elapsed())
    }
}

fn slept(passed: Duration, awake: Duration) -> Duration {
    Some(passed.saturating_sub(awake)).filter(|slept| *slept >= LEAST).unwrap_or_default()
}

/// Since the machine was started, its sleep included. Linux alone says so in a file (`proc_uptime(5)`).
fn uptime() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    Duration::try_from_secs_f64(text.split(' ').next()?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_and_was_not_counted_is_sleep() {
        let seconds = Duration::from_secs;
        assert_eq!(slept(seconds(100), seconds(60)), seconds(40));
        assert_eq!(slept(seconds(60), Duration::from_millis(59_001)), Duration::ZERO);
        assert_eq!(slept(Duration::ZERO, seconds(60)), Duration::ZERO, "the system does not say");
    }

    #[test]
    fn a_machine_that_is_awake_has_not_slept() {
        assert_eq!(Sleep::watch().so_far(), Duration::ZERO);
    }
}
