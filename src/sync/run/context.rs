//! What a run needs: its options, and what it works with.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use super::deadline::{Deadline, Timer};
use super::retry::{RetryingStore, WriteFailure};
use super::steps::{ShowStep, Stopwatch};
use crate::sync::clock::Clock;
use crate::sync::content::OnBadRow;
use crate::sync::plan::{Guarded, HoldChange, PlanPolicy, Protection};
use crate::sync::signature::Signing;
use crate::sync::source::Lock;
use crate::sync::store::{Operation, Store};

#[derive(Debug, Clone, Copy)]
pub struct RunOptions {
    /// Only plan, write nothing.
    pub dry: bool,
    /// The age of `checkedAt` from which it is renewed, in milliseconds.
    pub heartbeat_ms: u64,
    pub protection: Protection,
    /// The lowest version that may stand after the run.
    pub min_version: u64,
    /// The highest version that is known to have stood: no version is used twice, even after a restore in Vercel's
    /// dashboard.
    pub seen_version: u64,
    pub on_bad_row: OnBadRow,
    pub restored: RestoreHold,
    /// What to do about a backup that none of the job's keys has signed.
    pub unsigned_backup: Guarded,
    pub deadline: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            dry: false,
            heartbeat_ms: 6 * 3_600_000,
            protection: Protection::default(),
            min_version: 0,
            seen_version: 0,
            on_bad_row: OnBadRow::default(),
            restored: RestoreHold::default(),
            unsigned_backup: Guarded::Refuse,
            deadline: Duration::from_mins(1),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RestoreHold {
    /// Until `atlas-sync release`.
    #[default]
    UntilReleased,
    /// For that many milliseconds, or until `atlas-sync release`.
    For(u64),
    /// The next sync publishes Michael's rows.
    No,
}

#[derive(Clone, Copy)]
pub struct Runner<'a> {
    pub store: &'a dyn Store,
    pub options: &'a RunOptions,
    pub signing: &'a Signing,
    pub clock: Clock<'a>,
    pub timer: &'a dyn Timer,
    pub progress: ShowStep<'a>,
}

impl Runner<'_> {
    pub(crate) fn policy(&self, hold: HoldChange) -> PlanPolicy {
        let RunOptions { heartbeat_ms, min_version, seen_version, .. } = *self.options;
        PlanPolicy {
            min_version,
            seen_version,
            hold,
            signers: self.signing.signers(),
            ..PlanPolicy::heartbeat(heartbeat_ms)
        }
    }
}

pub(crate) struct Run<'a> {
    pub(crate) runner: Runner<'a>,
    pub(crate) deadline: Deadline<'a>,
    pub(crate) watch: Stopwatch<'a>,
    /// Keeps other runs out from the moment Michael is read, if his source has a lock.
    pub(crate) lock: Option<Lock>,
    /// Whether the server may still keep that of an earlier read in this run.
    pub(crate) may_hold_lock: bool,
    /// The writes to the store that may have been done.
    pub(crate) writes: AtomicU32,
}

impl Run<'_> {
    pub(crate) async fn patch(&self, operations: &[Operation]) -> Result<(), WriteFailure> {
        RetryingStore::new(self.runner.store, self.deadline).patch(operations, &self.writes).await
    }
}
