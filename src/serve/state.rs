//! What the service knows between two requests: how the last sync went, what stands in the store, what Venice counted.
//!
//! Time is measured by the monotonic clock from the last moment at which the machine's clock was known to be right, so a
//! clock that is set, back or forward, neither stalls the service nor makes a good snapshot look expired.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::Instrument;

use super::metrics::{Ending, Metrics, Moment};
use super::schedule::{Cause, Ended, Situation, next_run};
use super::wishes::Wishes;
use crate::domain::decide::freshness::{DEFAULT_MAX_AGE_MS, Freshness, classify};
use crate::domain::headers::hint::RefreshHint;
use crate::domain::report::health::{Health, Standing, health};
use crate::domain::report::monitor::Monitor;
use crate::domain::report::stats::Stats;
use crate::domain::time::Timestamp;
use crate::sync::run::{Outcome, Report};

#[async_trait]
pub trait Job: Send + Sync {
    async fn run(&self) -> Report;

    async fn standing(&self) -> Result<Option<Standing>, String>;

    fn now(&self) -> Timestamp;

    /// A number from 0 up to 1, for the jitter.
    fn jitter(&self) -> f64;
}

/// Why a sync that somebody asked for did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    #[error("a sync is running since {since} (cause: {}); ask again when it has ended", .cause.name())]
    Here { cause: Cause, since: Timestamp },
    #[error("this replica stands by: {0}")]
    Elsewhere(String),
}

pub struct Service {
    job: Box<dyn Job>,
    started: Instant,
    /// Held while a sync runs.
    running: tokio::sync::Mutex<()>,
    wake: Notify,
    known: Mutex<Known>,
    metrics: Metrics,
}

struct Known {
    /// A time by the machine's clock, and the moment at which it was taken.
    anchor: (Timestamp, Instant),
    situation: Situation,
    under_way: Option<(Cause, Timestamp)>,
    wishes: Wishes,
    /// The last snapshot that was seen; a store that cannot be asked does not take it away.
    standing: Option<Standing>,
    last_success: Option<Timestamp>,
    /// Whether the last sync failed, or the store could not be asked.
    in_trouble: bool,
    monitor: Monitor,
}

impl Known {
    fn now(&self) -> Timestamp {
        let (time, taken) = self.anchor;
        let passed = i64::try_from(taken.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(time.as_millis().saturating_add(passed))
    }
}

impl Service {
    pub fn new(job: Box<dyn Job>) -> Self {
        let started = Instant::now();
        let known = Known {
            anchor: (job.now(), started),
            situation: Situation { last: None, ended: Ended::Well, wish: None, jitter: job.jitter() },
            under_way: None,
            wishes: Wishes::default(),
            standing: None,
            last_success: None,
            in_trouble: false,
            monitor: Monitor::default(),
        };
        let (running, wake) = (tokio::sync::Mutex::new(()), Notify::new());
        Self { job, started, running, wake, known: Mutex::new(known), metrics: Metrics::default() }
    }

    /// Runs a sync now, unless one is running here or in another replica.
    ///
    /// # Errors
    ///
    /// [`Busy`], saying where.
    pub async fn run_sync(&self, cause: Cause) -> Result<Report, Busy> {
        let Ok(_running) = self.running.try_lock() else { return Err(self.busy_here(cause)) };
        let hints = {
            let mut known = self.known();
            known.under_way = Some((cause, known.now()));
            // What is wished for from here on may come too late for this sync, and asks for another.
            known.situation.wish = None;
            known.wishes.take()
        };
        let span = tracing::info_span!("sync", cause = cause.name());
        let report = self.job.run().instrument(span).await;
        let ending = ending(&report);
        let seen = match standing_of(&report) {
            Some(standing) => Ok(Some(standing)),
            None => self.job.standing().await,
        };
        log(cause, &report, ending, &seen);

        let mut known = self.known();
        known.under_way = None;
        let failures = if let Ended::Badly(failures) = known.situation.ended { failures } else { 0 };
        known.situation.ended = match ending {
            Ending::Outcome(Outcome::Failed | Outcome::Refused) => Ended::Badly(failures.saturating_add(1)),
            Ending::StandingBy => Ended::StandingBy,
            Ending::Outcome(_) => Ended::Well,
        };
        known.situation.last = Some(self.started.elapsed());
        known.situation.jitter = self.job.jitter();
        match ending {
            Ending::Outcome(Outcome::Published) => known.wishes.changed(),
            _ if known.situation.ended == Ended::Well => known.wishes.unmended(hints),
            _ => known.wishes.put_back(hints),
        }
        if known.situation.ended == Ended::Well {
            // The run has compared the machine's clock with others.
            known.anchor = (self.job.now(), Instant::now());
            known.last_success = Some(known.now());
        }
        known.in_trouble = matches!(known.situation.ended, Ended::Badly(_)) || seen.is_err();
        if let Ok(standing) = seen {
            known.standing = standing;
        }
        self.metrics.ran(&report, ending);
        drop(known);
        match (ending, &report.error) {
            (Ending::StandingBy, Some(error)) => Err(Busy::Elsewhere(error.message.clone())),
            _ => Ok(report),
        }
    }

    fn busy_here(&self, asked: Cause) -> Busy {
        let known = self.known();
        // Nothing is under way for a moment only, between two syncs.
        let (cause, since) = known.under_way.unwrap_or((asked, known.now()));
        Busy::Here { cause, since }
    }

    pub async fn idle(&self) {
        drop(self.running.lock().await);
    }

    pub fn due(&self) -> (Duration, Cause) {
        let due = next_run(&self.known().situation);
        (due.at.saturating_sub(self.started.elapsed()), due.cause)
    }

    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes a hint, read from this header: however many there are, they are one wish for a sync.
    pub fn hint(&self, hint: &RefreshHint, header: &str) {
        self.metrics.hinted(hint.reason);
        let mut known = self.known();
        if known.wishes.add(header) {
            known.situation.wish.get_or_insert(Cause::Hint);
            self.wake.notify_one();
        }
    }

    pub fn notified(&self) {
        self.known().situation.wish = Some(Cause::Notification);
        self.wake.notify_one();
    }

    pub fn observe(&self, stats: &Stats) {
        self.metrics.observed(stats);
        let mut known = self.known();
        let now = known.now();
        known.monitor.add(stats, now);
    }

    /// The health block, with the counters of the last hour.
    pub fn health(&self) -> Health {
        let known = self.known();
        let now = known.now();
        let block = health(known.standing, &known.monitor.last_hour(now), known.in_trouble, now, DEFAULT_MAX_AGE_MS);
        match known.last_success {
            Some(time) => block.with_sync_at(time, now),
            None => block,
        }
    }

    /// Whether a verified snapshot stands, as far as is known, and has not expired.
    pub fn is_ready(&self) -> bool {
        let known = self.known();
        known.standing.is_some_and(|standing| {
            matches!(classify(standing.checked_at, known.now(), DEFAULT_MAX_AGE_MS), Freshness::Fresh { .. })
        })
    }

    pub fn metrics(&self, format: super::metrics::Format) -> String {
        let (standing, last_success, now) = {
            let known = self.known();
            (known.standing, known.last_success, known.now())
        };
        self.metrics.text(format, &Moment { standing, last_success, now, clock: self.job.now() })
    }

    /// No code that holds this can panic between two states that fit together, so a poisoned lock is still good.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the sync ended, for the schedule and the metrics: that another replica holds the lock is no failure.
fn ending(report: &Report) -> Ending {
    match &report.error {
        Some(error) if error.code == "locked" => Ending::StandingBy,
        _ => Ending::Outcome(report.outcome),
    }
}

fn log(cause: Cause, report: &Report, ending: Ending, seen: &Result<Option<Standing>, String>) {
    let (cause, outcome) = (cause.name(), ending.name());
    tracing::info!(cause, outcome, version = report.version, run = report.run, "sync ended");
    if let Err(error) = seen {
        tracing::warn!(cause, error, "the store cannot be asked what stands; the last known snapshot counts");
    }
}

fn standing_of(report: &Report) -> Option<Standing> {
    let checked_at = report.checked_at.as_deref().and_then(Timestamp::parse)?;
    Some(Standing { version: report.version?, checksum: report.checksum?, checked_at })
}
