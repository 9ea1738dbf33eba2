//! One run, step by step: look at the store, read Michael, build, compare, publish, read back.
//!
//! One request writes: before it nothing has changed anywhere, and after it the new snapshot is whole. So a run may fail or
//! be killed at any point, and readers have either the previous snapshot or the next one.

mod building;
mod context;
mod deadline;
mod error;
mod read;
mod report;
mod retry;
mod steps;
mod verify;

pub use self::building::BUILD_STACK;
pub(crate) use self::building::build_within;
pub(crate) use self::context::Run;
pub use self::context::{RestoreHold, RunOptions, Runner};
pub(crate) use self::deadline::millis;
pub use self::deadline::{Deadline, SystemTimer, Timer, in_words, waits};
pub use self::error::{ErrorClass, RunFailure, SyncError};
pub(crate) use self::read::not_empty;
pub use self::report::{ErrorReport, Outcome, Report};
pub use self::retry::{RetryingStore, WriteFailure};
pub use self::steps::RunStep;
pub use self::verify::{items, verify};

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::AtomicU32;

use tracing::Instrument;

use self::steps::Stopwatch;
use self::verify::unverified;
use super::plan::{HoldChange, PlanPolicy};
use super::publish::write::Origin;
use super::source::Source;

impl Runner<'_> {
    pub async fn sync(&self, source: &dyn Source) -> Result<Report, RunFailure> {
        self.run(async |run| {
            let Runner { store, options, .. } = *self;
            tracing::info!(source = source.describe(), store = store.describe(), dry = options.dry, "a sync begins");
            let policy = self.policy(HoldChange::Keep);
            let delivered = run.deliver(Origin::Michael(source), &policy, Some(&options.protection)).await?;
            Ok(Report::of(delivered, options, self.signing))
        })
        .await
    }

    /// Publishes earlier content of the store as a new version: that of the backup with this id, or else of the latest one
    /// that is whole and differs from what stands.
    pub async fn restore(&self, backup: Option<&str>) -> Result<Report, RunFailure> {
        self.run(async |run| {
            tracing::info!(backup, store = self.store.describe(), "a restore begins");
            run.restore(backup).await
        })
        .await
    }

    /// Ends the hold of a restored snapshot, so that the next sync publishes again: what stands is published without its
    /// hold, under a new version.
    pub async fn release(&self) -> Result<Report, RunFailure> {
        self.run(async |run| {
            tracing::info!(store = self.store.describe(), "a release begins");
            let policy = PlanPolicy { heartbeat_ms: u64::MAX, ..self.policy(HoldChange::Release) };
            let delivered = run.deliver(Origin::Store, &policy, None).await.map_err(unverified)?;
            Ok(Report::of(delivered, self.options, self.signing))
        })
        .await
    }

    async fn run(
        &self,
        work: impl AsyncFnOnce(&mut Run<'_>) -> Result<Report, SyncError>,
    ) -> Result<Report, RunFailure> {
        let id = format!("{:016x}", RandomState::new().hash_one(0));
        // At the highest level, so that every log line names its run.
        let span = tracing::error_span!("run", run = id);
        let run = async {
            let mut run = Run {
                runner: *self,
                deadline: Deadline::after(self.timer, self.options.deadline),
                watch: Stopwatch::start(self.timer, self.progress),
                lock: None,
                may_hold_lock: false,
                writes: AtomicU32::new(0),
            };
            let result = work(&mut run).await;
            run.release_lock().await;
            let writes = run.writes.into_inner();
            let (steps_ms, duration_ms) = run.watch.stop();
            match result {
                Ok(report) => {
                    let report = Report { run: id, steps_ms, duration_ms, writes, ..report };
                    report.log();
                    Ok(report)
                }
                Err(error) => {
                    let (code, exit_code) = (error.code(), error.exit_code());
                    // Of two replicas one stands by, and nothing is wrong.
                    if error.class() == ErrorClass::Locked {
                        tracing::warn!(code, exit_code, ms = duration_ms, %error, "another run holds the lock");
                    } else {
                        tracing::error!(code, exit_code, ms = duration_ms, %error, "the run failed");
                    }
                    Err(RunFailure { error, run: id, steps_ms, duration_ms, writes })
                }
            }
        };
        // On the heap: it is large, and is awaited through several callers.
        Box::pin(run.instrument(span)).await
    }
}
