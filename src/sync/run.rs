//! One run, step by step: look at the store, read Michael, build, compare, publish, read back.
//!
//! Until the one request that writes, nothing has changed anywhere; after it the new snapshot is whole. So a run may
//! fail or be killed at any point, and readers have the previous snapshot or the next one.

pub mod deadline;
pub mod error;
pub mod report;
pub mod steps;

use std::hash::{BuildHasher, RandomState};
use std::panic::resume_unwind;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Instrument;

use super::clock::compare;
use super::content::build::{Content, OnBadRow, build};
use super::plan::hold::HoldChange;
use super::plan::protection::Protection;
use super::plan::standing::Current;
use super::plan::{Heartbeat, Policy};
use super::publish::write::{Delivered, Origin};
use super::run::deadline::{Deadline, Patient, SystemTimer, Timer, millis, waits};
use super::run::error::SyncError;
use super::run::report::{Outcome, Report};
use super::run::steps::{NoProgress, Progress, Step, StepTimes, Stopwatch};
use super::source::{Lock, Michael, Source, SourceError};
use super::store::{Store, StoreError};
use crate::domain::decide::freshness::{DEFAULT_MAX_AGE_MS, Freshness, MAX_SKEW_MS, classify};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;

/// How a run behaves.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Only plan, write nothing.
    pub dry: bool,
    /// When an unchanged snapshot is confirmed anew.
    pub heartbeat: Heartbeat,
    /// What is refused.
    pub protection: Protection,
    /// The lowest version that may stand after the run.
    pub min_version: u64,
    /// The highest version that is known to have stood: none is used twice, even if the store was put back.
    pub seen_version: u64,
    /// What becomes of rows that cannot be published.
    pub on_bad_row: OnBadRow,
    /// How long a restore holds what it publishes.
    pub restored: RestoreHold,
    /// How long the run may take.
    pub deadline: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            dry: false,
            heartbeat: Heartbeat { after_ms: 6 * 3_600_000 },
            protection: Protection::default(),
            min_version: 0,
            seen_version: 0,
            on_bad_row: OnBadRow::default(),
            restored: RestoreHold::default(),
            deadline: Duration::from_mins(1),
        }
    }
}

/// How long the snapshot that a restore has published is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RestoreHold {
    /// Until `atlas-sync release`.
    #[default]
    UntilReleased,
    /// For that long, in milliseconds, or until it is released.
    For(u64),
    /// Not at all: the next sync publishes what Michael says.
    No,
}

impl RunOptions {
    pub(crate) fn policy(&self, hold: HoldChange) -> Policy {
        let Self { heartbeat, min_version, seen_version, .. } = *self;
        Policy { heartbeat, min_version, seen_version, hold }
    }
}

/// Gives the time. Handed in, so that a test can stop it.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// Runs once, with the machine's timer and nobody watching.
///
/// # Errors
///
/// As [`Runner::sync`].
pub async fn run(
    source: &dyn Source,
    store: &dyn Store,
    options: &RunOptions,
    clock: Clock<'_>,
) -> Result<Report, SyncError> {
    let runner = Runner { store, options, clock, timer: &SystemTimer::default(), progress: &NoProgress };
    runner.sync(source).await.map_err(|failure| failure.error)
}

/// All that a run needs beside its source.
#[derive(Clone, Copy)]
pub struct Runner<'a> {
    /// Where the snapshot goes.
    pub store: &'a dyn Store,
    /// How to behave.
    pub options: &'a RunOptions,
    /// Gives the time that is written.
    pub clock: Clock<'a>,
    /// Waits, and measures the deadline.
    pub timer: &'a dyn Timer,
    /// Is told what is being done.
    pub progress: &'a dyn Progress,
}

/// A run that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    /// Why.
    pub error: SyncError,
    /// The name of the run in the logs.
    pub run: String,
    /// How long each step took, in milliseconds.
    pub steps_ms: StepTimes,
    /// How long the run took, in milliseconds.
    pub duration_ms: u64,
}

impl Failure {
    /// One that came before the run began, or cut it short.
    #[must_use]
    pub fn early(error: SyncError) -> Self {
        Self { error, run: String::new(), steps_ms: StepTimes::new(), duration_ms: 0 }
    }
}

impl Runner<'_> {
    /// Publishes what the source holds.
    ///
    /// # Errors
    ///
    /// Why the previous snapshot still stands; or, where the error says so, what stands instead.
    pub async fn sync(&self, source: &dyn Source) -> Result<Report, Failure> {
        self.run(Work::Sync(source)).await
    }

    /// Publishes an earlier content of the store as a new version: that of a backup by its id, or else of the latest
    /// one that is whole and other than what stands.
    ///
    /// # Errors
    ///
    /// As [`Runner::sync`], and when there is no such backup.
    pub async fn restore(&self, backup: Option<&str>) -> Result<Report, Failure> {
        self.run(Work::Restore(backup)).await
    }

    /// Ends the hold that a restore has put on the snapshot, so that the next sync publishes again.
    ///
    /// # Errors
    ///
    /// As [`Runner::sync`], and when no verified snapshot stands.
    pub async fn release(&self) -> Result<Report, Failure> {
        self.run(Work::Release).await
    }

    /// Runs under a name of its own, and tells how it ended.
    async fn run(&self, work: Work<'_>) -> Result<Report, Failure> {
        let id = format!("{:016x}", RandomState::new().hash_one(0));
        // At the highest level, so that whatever is logged at all says of which run it is.
        let span = tracing::error_span!("run", run = id);
        let run = async {
            let mut run = Run {
                runner: *self,
                deadline: Deadline::after(self.timer, self.options.deadline),
                watch: Stopwatch::start(self.clock, self.progress),
                lock: Lock::none(),
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
            run.lock.release().await;
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

/// What a run is for.
#[derive(Clone, Copy)]
enum Work<'a> {
    Sync(&'a dyn Source),
    Restore(Option<&'a str>),
    Release,
}

/// A run under way.
pub(crate) struct Run<'a> {
    pub(crate) runner: Runner<'a>,
    pub(crate) deadline: Deadline<'a>,
    pub(crate) watch: Stopwatch<'a>,
    /// Keeps other runs out from the moment Michael is read; none, of a source that has none.
    pub(crate) lock: Lock,
}

impl Run<'_> {
    async fn sync(&mut self, source: &dyn Source) -> Result<Report, SyncError> {
        let options = self.runner.options;
        let policy = options.policy(HoldChange::Keep);
        let delivered = self.deliver(Origin::Michael(source), &policy, Some(&options.protection)).await?;
        Ok(self.report(delivered))
    }

    /// Ends a hold. What stands is published again without it, under a new version.
    async fn release(&mut self) -> Result<Report, SyncError> {
        let policy =
            Policy { heartbeat: Heartbeat { after_ms: u64::MAX }, ..self.runner.options.policy(HoldChange::Release) };
        let delivered = self.deliver(Origin::Standing, &policy, None).await?;
        if delivered.before.snapshot.is_none() {
            return Err(SyncError::Unverified(delivered.before.verdicts));
        }
        Ok(self.report(delivered))
    }

    /// What the run did.
    pub(crate) fn report(&self, delivered: Delivered) -> Report {
        let Delivered { plan, before, mut warnings, quarantined, held } = delivered;
        let options = self.runner.options;
        warnings.extend(repaired(&before));
        let report = Report::of(&plan, options.dry, warnings, options.protection.max_bytes);
        let outcome = match report.outcome {
            Outcome::Unchanged | Outcome::Heartbeat if held => Outcome::Held,
            outcome => outcome,
        };
        Report { outcome, quarantined, ..report }
    }

    /// What Michael says now.
    pub(crate) async fn read_michael(&mut self, source: &dyn Source) -> Result<Content, SyncError> {
        self.watch.begin(Step::Read);
        // The lock of an earlier read of this run goes with its transaction.
        std::mem::replace(&mut self.lock, Lock::none()).release().await;
        let michael = self.michael(source).await?;
        not_empty(&michael)?;
        log_read(&michael, self.watch.end());
        let ahead = michael.clock.map(|clock| (self.runner.clock)().since(clock));
        let clocks = ahead.map_or(Ok(None), |ahead_ms| compare("Michael's server", ahead_ms))?;

        self.watch.begin(Step::Build);
        let mut content = build(&michael, self.runner.options.on_bad_row).map_err(SyncError::Refused)?;
        content.warnings.extend(clocks);
        tracing::info!(ms = self.watch.end(), warnings = content.warnings.len(), "the snapshot was built");
        Ok(content)
    }

    /// Michael's rows. What may pass is tried again, until the deadline; a try that fails has let go of the lock.
    async fn michael(&mut self, source: &dyn Source) -> Result<Michael, SyncError> {
        let mut waits = waits(Duration::from_millis(200), Duration::from_secs(5));
        for tries in 1_u32.. {
            let error = match self.read_once(source).await {
                Err(SyncError::Source(error)) if error.is_transient() => error,
                read => return read,
            };
            let wait = waits.next().unwrap_or_default();
            tracing::warn!(tries, wait_ms = millis(wait), %error, "Michael is to be asked again");
            if self.deadline.wait(wait).await.is_err() {
                return Err(error.into());
            }
        }
        Err(SyncError::SourceLate(self.deadline.total().as_secs()))
    }

    /// Michael's rows; unless the run is dry, under his lock.
    async fn read_once(&mut self, source: &dyn Source) -> Result<Michael, SyncError> {
        let late = |_| SyncError::SourceLate(self.deadline.total().as_secs());
        if self.runner.options.dry {
            return Ok(timeout(self.deadline.left(), source.read()).await.map_err(late)??);
        }
        let store = self.runner.store.describe();
        let reading = timeout(self.deadline.left(), source.read_locked(&store)).await.map_err(late)??;
        self.lock = reading.lock;
        Ok(reading.michael)
    }
}

/// Reads the store and examines what it holds.
///
/// # Errors
///
/// When the store cannot be read.
pub async fn read_store(store: &Patient<'_>) -> Result<Current, StoreError> {
    let items = store.items().await?;
    // On a thread of its own: it takes a while, and other answers may come meanwhile.
    let examined = spawn_blocking(move || Current::of(items)).await;
    Ok(examined.unwrap_or_else(|error| resume_unwind(error.into_panic())))
}

/// Reads the store and verifies all of it, as a reader would at this moment.
///
/// # Errors
///
/// [`SyncError::Unverified`] with the verdict on each entry, and [`SyncError::NotServed`] for a whole snapshot that is
/// too old or from the future.
pub async fn verify(store: &Patient<'_>, now: Timestamp) -> Result<Current, SyncError> {
    let items = match store.items().await {
        Err(error @ StoreError::Unreadable { .. }) => return Err(SyncError::Unreadable(error)),
        items => items.map_err(SyncError::Unread)?,
    };
    let current = Current::of(items);
    let Some(snapshot) = &current.snapshot else { return Err(SyncError::Unverified(current.verdicts)) };
    let checked_at = snapshot.manifest.checked_at();
    let (reason, message) = match classify(checked_at, now, DEFAULT_MAX_AGE_MS) {
        Freshness::Fresh { .. } => return Ok(current),
        Freshness::Expired { age_ms } => (Reason::Expired, too_old(checked_at, age_ms)),
        Freshness::Skewed { ahead_ms } => (Reason::ClockSkew, from_the_future(checked_at, ahead_ms)),
    };
    Err(SyncError::NotServed { reason, message, verdicts: current.verdicts })
}

fn too_old(checked_at: Timestamp, age_ms: u64) -> String {
    format!(
        "expected checkedAt at most {} h ago, found {checked_at}, {} s ago; run `atlas-sync sync`",
        DEFAULT_MAX_AGE_MS / 3_600_000,
        age_ms / 1000
    )
}

fn from_the_future(checked_at: Timestamp, ahead_ms: u64) -> String {
    format!(
        "expected checkedAt at most {} min in the future, found {checked_at}, {} s ahead of this machine's clock; set \
         the clock that is wrong, and run `atlas-sync sync`",
        MAX_SKEW_MS / 60_000,
        ahead_ms / 1000
    )
}

fn not_empty(michael: &Michael) -> Result<(), SourceError> {
    for table in [&michael.templates, &michael.schemas] {
        if table.rows.is_empty() {
            return Err(SourceError::Empty { origin: table.origin.clone() });
        }
    }
    Ok(())
}

fn log_read(michael: &Michael, ms: u64) {
    tracing::info!(
        ms,
        templates = michael.templates.rows.len(),
        schemas = michael.schemas.rows.len(),
        features = michael.features.rows.len(),
        limits = michael.limits.rows.len(),
        "Michael was read"
    );
}

/// That the store held something of Atlas which did not count.
pub(crate) fn repaired(before: &Current) -> Option<String> {
    let broken = before.snapshot.is_none() && !before.is_empty;
    broken.then(|| {
        let faults = before.verdicts.iter().filter_map(|v| Some(format!("{}: {}", v.key, v.message.as_ref()?)));
        format!("the store did not verify and counts as empty: {}", faults.collect::<Vec<_>>().join("; "))
    })
}
