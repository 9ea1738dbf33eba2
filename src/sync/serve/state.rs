//! What the service knows between two requests: how the last sync went, what stands in the store, what Venice counted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Notify;

use super::metrics::Metrics;
use crate::domain::freshness::DEFAULT_MAX_AGE_MS;
use crate::domain::health::{Health, Standing, health};
use crate::domain::hint::RefreshHint;
use crate::domain::monitor::Monitor;
use crate::domain::stats::Stats;
use crate::domain::time::Timestamp;
use crate::sync::report::{Outcome, Report};
use crate::sync::schedule::{Plan, next_run};

/// What the service runs. A test hands in another.
#[async_trait]
pub trait Job: Send + Sync {
    /// One sync; how it ended is in the report.
    async fn run(&self) -> Report;

    /// The verified snapshot in the store, if there is one and it can be read.
    async fn standing(&self) -> Option<Standing>;

    /// Now.
    fn now(&self) -> Timestamp;

    /// A number from 0 up to 1, for the jitter.
    fn jitter(&self) -> f64;
}

/// The service behind the endpoints.
pub struct Service {
    job: Box<dyn Job>,
    /// Held while a sync runs.
    running: tokio::sync::Mutex<()>,
    wake: Notify,
    known: Mutex<Known>,
    metrics: Metrics,
}

struct Known {
    plan: Plan,
    standing: Option<Standing>,
    last_failed: bool,
    monitor: Monitor,
}

impl Service {
    /// A service that has not run yet.
    #[must_use]
    pub fn new(job: Box<dyn Job>) -> Self {
        let plan = Plan { last: None, failures: 0, hinted: false, jitter: job.jitter() };
        let known = Known { plan, standing: None, last_failed: false, monitor: Monitor::default() };
        let (running, wake) = (tokio::sync::Mutex::new(()), Notify::new());
        Self { job, running, wake, known: Mutex::new(known), metrics: Metrics::default() }
    }

    /// Runs a sync now, unless one is running.
    pub async fn run_sync(&self, cause: &'static str) -> Option<Report> {
        let Ok(_running) = self.running.try_lock() else { return None };
        // What is hinted from here on may come too late for this sync, and asks for another.
        self.known().plan.hinted = false;
        let report = self.job.run().await;
        let failed = matches!(report.outcome, Outcome::Failed | Outcome::Refused);
        let standing = match standing_of(&report) {
            Some(standing) => Some(standing),
            None => self.job.standing().await,
        };
        tracing::info!(cause, outcome = ?report.outcome, version = report.version, failed, "sync ended");
        self.metrics.ran(&report, standing);
        let mut known = self.known();
        known.plan.last = Some(self.job.now());
        known.plan.failures = if failed { known.plan.failures.saturating_add(1) } else { 0 };
        known.plan.jitter = self.job.jitter();
        known.last_failed = failed;
        known.standing = standing;
        Some(report)
    }

    /// Milliseconds until the next sync is due.
    pub fn due_in_ms(&self) -> u64 {
        let now = self.job.now();
        next_run(&self.known().plan, now).elapsed_since(now)
    }

    /// Waits until something has changed when the next sync is due.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes a hint: however many there are, they are one wish for a sync.
    pub fn hint(&self, hint: &RefreshHint) {
        self.metrics.hinted(hint.reason);
        self.known().plan.hinted = true;
        self.wake.notify_one();
    }

    /// Takes what a reader has counted.
    pub fn observe(&self, stats: &Stats) {
        self.metrics.observed(stats);
        self.known().monitor.add(stats, self.job.now());
    }

    /// The health block, with the counters of the last hour.
    pub fn health(&self) -> Health {
        let now = self.job.now();
        let known = self.known();
        health(known.standing, &known.monitor.last_hour(now), known.last_failed, now, DEFAULT_MAX_AGE_MS)
    }

    /// Whether the first sync has ended and a verified snapshot stands.
    pub fn is_ready(&self) -> bool {
        self.known().standing.is_some()
    }

    /// The metrics, as Prometheus reads them.
    pub fn metrics(&self) -> String {
        self.metrics.text(self.job.now())
    }

    /// No code that holds this can panic between two states that fit together, so a poisoned lock is still good.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn standing_of(report: &Report) -> Option<Standing> {
    let checked_at = report.checked_at.as_deref().and_then(Timestamp::parse)?;
    Some(Standing { version: report.version?, checksum: report.checksum?, checked_at })
}
