//! The sync that the service runs: the same as the command's, from the same options, on the worker's thread.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use async_trait::async_trait;
use tracing::Instrument;

use super::sleep::Sleep;
use super::state::Job;
use super::worker::Worker;
use crate::domain::report::health::KnownSnapshot;
use crate::domain::time::Timestamp;
use crate::sync::plan::{HIGHEST_FLOOR, Stored};
use crate::sync::run::{Deadline, Report, RetryingStore, RunFailure, RunOptions, Runner, SyncError, SystemTimer};
use crate::sync::signature::Signing;
use crate::sync::source::Source;
use crate::sync::store::Store;

/// How long to ask the store, after a sync that failed, which snapshot it holds.
const LOOK: Duration = Duration::from_secs(10);

pub struct SyncJob {
    worker: Worker,
    work: Arc<Work>,
    sleep: Sleep,
}

impl SyncJob {
    pub fn new(worker: Worker, work: Arc<Work>) -> Self {
        Self { worker, work, sleep: Sleep::watch() }
    }
}

pub struct Work {
    pub source: Box<dyn Source>,
    pub store: Box<dyn Store>,
    pub options: RunOptions,
    pub signing: Signing,
    pub clock: fn() -> Timestamp,
    /// The highest version that this process has seen, so that none is used twice after the store was put back in
    /// Vercel's dashboard.
    pub seen_version: AtomicU64,
}

impl Work {
    async fn run(&self) -> Report {
        let options = RunOptions { seen_version: self.seen_version.load(SeqCst), ..self.options };
        let runner = Runner {
            store: self.store.as_ref(),
            options: &options,
            signing: &self.signing,
            clock: &self.clock,
            timer: &SystemTimer,
            progress: &|_| {},
        };
        let result = runner.sync(self.source.as_ref()).await;
        if let Some(version) = result.as_ref().ok().and_then(|report| report.version) {
            self.remember_version(version);
        }
        result.unwrap_or_else(|failure| Report::failed(&failure, options.protection.max_bytes))
    }

    async fn standing(&self) -> Result<Option<KnownSnapshot>, String> {
        let deadline = Deadline::after(&SystemTimer, self.options.deadline.min(LOOK));
        let stored = RetryingStore::new(self.store.as_ref(), deadline).read().await;
        let stored = stored.map_err(|error| error.to_string())?;
        let Some(stored) = self.trusted(stored) else { return Ok(None) };
        let highest = if self.signing.is_on() { stored.version().unwrap_or(0) } else { stored.highest_version };
        self.remember_version(highest);
        Ok(stored.snapshot.map(|snapshot| KnownSnapshot::from(snapshot.manifest())))
    }

    /// Remembers a version, unless it leaves no room for others: somebody has forged it, and it must count no more once the
    /// store was cleared.
    fn remember_version(&self, version: u64) {
        if version <= HIGHEST_FLOOR {
            self.seen_version.fetch_max(version, SeqCst);
        }
    }

    /// What a job with keys may go by: readers refuse what none of them has signed.
    fn trusted(&self, stored: Stored) -> Option<Stored> {
        match self.signing.trusts(stored.signed().as_ref()) {
            Ok(()) => Some(stored),
            Err(error) => {
                tracing::warn!(
                    error,
                    version = stored.version(),
                    "the stored snapshot is not signed by a key of this job"
                );
                None
            }
        }
    }
}

#[async_trait]
impl Job for SyncJob {
    async fn run(&self) -> Report {
        let work = Arc::clone(&self.work);
        let run = self.worker.run(async move { work.run().await }.in_current_span());
        run.await.unwrap_or_else(|| {
            let failure = RunFailure::from(SyncError::Interrupted);
            Report::failed(&failure, self.work.options.protection.max_bytes)
        })
    }

    async fn standing(&self) -> Result<Option<KnownSnapshot>, String> {
        let work = Arc::clone(&self.work);
        let look = self.worker.run(async move { work.standing().await }.in_current_span());
        look.await.unwrap_or_else(|| Err("reading the store panicked; see the log".to_owned()))
    }

    fn now(&self) -> Timestamp {
        (self.work.clock)()
    }

    fn slept(&self) -> Duration {
        self.sleep.so_far()
    }

    fn jitter(&self) -> f64 {
        fastrand::f64()
    }
}
