//! The sync that the service runs: the same as the command's, from the same options.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;

use async_trait::async_trait;

use super::state::Job;
use crate::domain::health::Standing;
use crate::domain::time::Timestamp;
use crate::sync::cycle::{self, RunOptions, Runner};
use crate::sync::report::Report;
use crate::sync::retry::{Deadline, Patient, SystemTimer};
use crate::sync::source::Source;
use crate::sync::steps::NoProgress;
use crate::sync::store::Store;

/// One sync after the other, over one source and one store.
pub struct SyncJob {
    /// Where Michael's rows are.
    pub source: Box<dyn Source>,
    /// Where the snapshot goes.
    pub store: Box<dyn Store>,
    /// How each run behaves.
    pub options: RunOptions,
    /// Gives the time.
    pub clock: fn() -> Timestamp,
    /// The highest version that this process has seen: after the store was put back in Vercel's dashboard, no version
    /// is used twice.
    pub seen_version: AtomicU64,
}

#[async_trait]
impl Job for SyncJob {
    async fn run(&self) -> Report {
        let options = RunOptions { seen_version: self.seen_version.load(SeqCst), ..self.options };
        let runner = Runner {
            store: self.store.as_ref(),
            options: &options,
            clock: &self.clock,
            timer: &SystemTimer::default(),
            progress: &NoProgress,
        };
        let result = runner.sync(self.source.as_ref()).await;
        if let Some(version) = result.as_ref().ok().and_then(|report| report.version) {
            self.seen_version.fetch_max(version, SeqCst);
        }
        result.unwrap_or_else(|failure| Report::failed(&failure, self.options.protection.max_bytes))
    }

    async fn standing(&self) -> Option<Standing> {
        let timer = SystemTimer::default();
        let store = Patient::new(self.store.as_ref(), Deadline::after(&timer, self.options.deadline));
        let current = cycle::read_store(&store).await.ok()?;
        self.seen_version.fetch_max(current.highest_version, SeqCst);
        current.snapshot.map(|snapshot| Standing::from(&snapshot.manifest))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn jitter(&self) -> f64 {
        fastrand::f64()
    }
}
