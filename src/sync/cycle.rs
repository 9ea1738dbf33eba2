//! One run, step by step: read Michael, build, compare with the store, publish, read back.
//!
//! Until the one request that writes, nothing has changed anywhere; after it the new snapshot is whole. So a run may
//! fail or be killed at any point, and readers have the previous snapshot or the next one.

use std::collections::BTreeMap;

use super::build::{Content, build};
use super::current::Current;
use super::error::SyncError;
use super::publish::{Heartbeat, Kind, Plan, plan};
use super::report::Report;
use super::source::{Michael, Source, SourceError};
use super::store::{Store, StoreError};
use crate::domain::time::Timestamp;

/// How often a run starts over from the comparison because another writer was faster.
const MOST_TRIES: u32 = 10;

/// How a run behaves.
#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Only plan, write nothing.
    pub dry: bool,
    /// When an unchanged snapshot is confirmed anew.
    pub heartbeat: Heartbeat,
    /// The most bytes that a snapshot may have in canonical UTF-8.
    pub max_bytes: u64,
}

/// Gives the time. Handed in, so that a test can stop it.
pub type Clock<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// Runs once.
///
/// # Errors
///
/// Why the previous snapshot still stands; or, for [`SyncError::ReadBack`], that what stands is not what was sent.
pub async fn run(
    source: &dyn Source,
    store: &dyn Store,
    options: &RunOptions,
    clock: Clock<'_>,
) -> Result<Report, SyncError> {
    let mut watch = Stopwatch::start(clock);

    let michael = source.read().await?;
    not_empty(&michael)?;
    watch.lap("read");

    let content = build(&michael).map_err(SyncError::Refused)?;
    watch.lap("build");

    let (plan, current) = publish(store, &content, options, clock, &mut watch).await?;
    if plan.kind != Kind::Unchanged && !options.dry {
        read_back(store, &plan).await?;
        watch.lap("readBack");
    }

    let mut warnings = content.warnings;
    warnings.extend(repaired(&current));
    let mut report = Report::of(&plan, options.dry, warnings, options.max_bytes);
    (report.steps_ms, report.duration_ms) = watch.stop();
    Ok(report)
}

/// Compares and writes; starts over from the comparison if another writer was faster.
async fn publish(
    store: &dyn Store,
    content: &Content,
    options: &RunOptions,
    clock: Clock<'_>,
    watch: &mut Stopwatch<'_>,
) -> Result<(Plan, Current), SyncError> {
    for _ in 0..MOST_TRIES {
        let current = read_store(store).await?;
        watch.lap("readStore");
        let plan = plan(content, &current, clock(), options.heartbeat)?;
        watch.lap("compare");
        if plan.kind == Kind::Unchanged || options.dry {
            return Ok((plan, current));
        }
        match store.patch(&plan.operations).await {
            Ok(()) => {
                watch.lap("publish");
                return Ok((plan, current));
            }
            Err(StoreError::Conflict { .. }) => watch.lap("publish"),
            Err(source) => return Err(SyncError::Store { action: "written", source }),
        }
    }
    Err(SyncError::Contended(MOST_TRIES))
}

/// Reads the store and examines what it holds.
///
/// # Errors
///
/// When the store cannot be read.
pub async fn read_store(store: &dyn Store) -> Result<Current, SyncError> {
    let items = store.items().await.map_err(|source| SyncError::Store { action: "read", source })?;
    Ok(Current::of(items))
}

/// Reads the store and verifies all of it, as a reader would.
///
/// # Errors
///
/// [`SyncError::Unverified`] with the verdict on each entry.
pub async fn verify(store: &dyn Store) -> Result<Current, SyncError> {
    let items = match store.items().await {
        Err(error @ StoreError::Unreadable { .. }) => return Err(SyncError::Unreadable(error)),
        items => items.map_err(|source| SyncError::Store { action: "read", source })?,
    };
    let current = Current::of(items);
    if current.snapshot.is_some() { Ok(current) } else { Err(SyncError::Unverified(current.verdicts)) }
}

async fn read_back(store: &dyn Store, plan: &Plan) -> Result<(), SyncError> {
    let current = read_store(store).await?;
    match current.snapshot {
        Some(snapshot) if snapshot == plan.snapshot => Ok(()),
        // Another writer published a newer one in between: what was written was whole, and has been replaced.
        Some(snapshot) if snapshot.manifest.version() > plan.snapshot.manifest.version() => Ok(()),
        _ => Err(SyncError::ReadBack(current.verdicts)),
    }
}

fn not_empty(michael: &Michael) -> Result<(), SourceError> {
    for table in [&michael.templates, &michael.schemas] {
        if table.rows.is_empty() {
            return Err(SourceError::Empty { origin: table.origin.clone() });
        }
    }
    Ok(())
}

fn repaired(current: &Current) -> Option<String> {
    let broken = current.snapshot.is_none() && !current.is_empty;
    broken.then(|| {
        let faults = current.verdicts.iter().filter_map(|v| Some(format!("{}: {}", v.key, v.message.as_ref()?)));
        format!("the store did not verify and counts as empty: {}", faults.collect::<Vec<_>>().join("; "))
    })
}

/// Times the steps of a run.
struct Stopwatch<'a> {
    clock: Clock<'a>,
    started: Timestamp,
    last: Timestamp,
    steps: BTreeMap<&'static str, u64>,
}

impl<'a> Stopwatch<'a> {
    fn start(clock: Clock<'a>) -> Self {
        let now = clock();
        Self { clock, started: now, last: now, steps: BTreeMap::new() }
    }

    /// Ends a step; the same step twice adds up.
    fn lap(&mut self, step: &'static str) {
        let now = (self.clock)();
        *self.steps.entry(step).or_default() += now.elapsed_since(self.last);
        self.last = now;
    }

    fn stop(self) -> (BTreeMap<&'static str, u64>, u64) {
        let duration = (self.clock)().elapsed_since(self.started);
        (self.steps, duration)
    }
}
