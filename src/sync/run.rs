//! One run, step by step: look at the store, read Michael, build, compare, publish, read back.
//!
//! One request writes: before it nothing has changed anywhere, and after it the new snapshot is whole. So a run may fail or
//! be killed at any point, and readers have either the previous snapshot or the next one.

pub mod context;
pub mod deadline;
pub mod error;
pub(crate) mod read;
pub mod report;
pub mod retry;
pub mod steps;
pub mod verify;

pub(crate) use self::context::Run;
pub use self::context::{RestoreHold, RunOptions, Runner};
pub use self::deadline::{Deadline, SystemTimer, waits};
pub use self::error::{Failure, SyncError};
pub use self::report::{ErrorReport, Outcome, Report};
pub use self::retry::{RetryingStore, WriteFailure};
pub use self::steps::{NoProgress, Progress, Step};
pub use self::verify::verify;

use std::hash::{BuildHasher, RandomState};

use tracing::Instrument;

use self::steps::Stopwatch;
use super::clock::Clock;
use super::plan::{Heartbeat, HoldChange, Policy};
use super::publish::write::Origin;
use super::signature::UNSIGNED;
use super::source::Source;
use super::store::Store;

/// Syncs once, with the machine's timer, without progress, and without signing.
pub async fn run(
    source: &dyn Source,
    store: &dyn Store,
    options: &RunOptions,
    clock: Clock<'_>,
) -> Result<Report, SyncError> {
    let (signing, timer) = (&UNSIGNED, &SystemTimer::default());
    let runner = Runner { store, options, signing, clock, timer, progress: &NoProgress };
    runner.sync(source).await.map_err(|failure| failure.error)
}

impl Runner<'_> {
    /// Publishes what the source holds.
    pub async fn sync(&self, source: &dyn Source) -> Result<Report, Failure> {
        self.run(Work::Sync(source)).await
    }

    /// Publishes earlier content of the store as a new version: that of the backup with this id, or else of the latest one
    /// that is whole and differs from what stands.
    pub async fn restore(&self, backup: Option<&str>) -> Result<Report, Failure> {
        self.run(Work::Restore(backup)).await
    }

    /// Ends the hold of a restored snapshot, so that the next sync publishes again.
    pub async fn release(&self) -> Result<Report, Failure> {
        self.run(Work::Release).await
    }

    async fn run(&self, work: Work<'_>) -> Result<Report, Failure> {
        let id = format!("{:016x}", RandomState::new().hash_one(0));
        // At the highest level, so that every log line names its run.
        let span = tracing::error_span!("run", run = id);
        let run = async {
            let mut run = Run {
                runner: *self,
                deadline: Deadline::after(self.timer, self.options.deadline),
                watch: Stopwatch::start(self.clock, self.progress),
                lock: None,
            };
            let store = self.store.describe();
            let result = match work {
                Work::Sync(source) => {
                    tracing::info!(source = source.describe(), store, dry = self.options.dry, "a sync begins");
                    run.sync(source).await
                }
                Work::Restore(backup) => {
                    tracing::info!(backup, store, "a restore begins");
                    run.restore(backup).await
                }
                Work::Release => {
                    tracing::info!(store, "a release begins");
                    run.release().await
                }
            };
            run.release_lock().await;
            let (steps_ms, duration_ms) = run.watch.stop();
            match result {
                Ok(mut report) => {
                    (report.run, report.steps_ms, report.duration_ms) = (id, steps_ms, duration_ms);
                    report.log();
                    Ok(report)
                }
                Err(error) => {
                    let (code, exit_code) = (error.code(), error.exit_code());
                    tracing::error!(code, exit_code, ms = duration_ms, %error, "the run failed");
                    Err(Failure { error, run: id, steps_ms, duration_ms })
                }
            }
        };
        // On the heap: it is large, and is awaited through several callers.
        Box::pin(run.instrument(span)).await
    }
}

#[derive(Clone, Copy)]
enum Work<'a> {
    Sync(&'a dyn Source),
    Restore(Option<&'a str>),
    Release,
}

impl Run<'_> {
    async fn sync(&mut self, source: &dyn Source) -> Result<Report, SyncError> {
        let options = self.runner.options;
        let policy = self.runner.policy(HoldChange::Keep);
        let delivered = self.deliver(Origin::Michael(source), &policy, Some(&options.protection)).await?;
        Ok(Report::of(delivered, options))
    }

    /// Publishes what stands again without its hold, under a new version.
    async fn release(&mut self) -> Result<Report, SyncError> {
        let options = self.runner.options;
        let policy = Policy { heartbeat: Heartbeat { after_ms: u64::MAX }, ..self.runner.policy(HoldChange::Release) };
        let delivered = self.deliver(Origin::Store, &policy, None).await?;
        Ok(Report::of(delivered, options))
    }
}
