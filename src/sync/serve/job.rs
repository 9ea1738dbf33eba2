//! The sync that the service runs: the same as the command's, from the same options.

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
}

#[async_trait]
impl Job for SyncJob {
    async fn run(&self) -> Report {
        let runner = Runner {
            store: self.store.as_ref(),
            options: &self.options,
            clock: &self.clock,
            timer: &SystemTimer::default(),
            progress: &NoProgress,
        };
        let result = runner.sync(self.source.as_ref()).await;
        result.unwrap_or_else(|failure| Report::failed(&failure, self.options.protection.max_bytes))
    }

    async fn standing(&self) -> Option<Standing> {
        let timer = SystemTimer::default();
        let store = Patient::new(self.store.as_ref(), Deadline::after(&timer, self.options.deadline));
        let current = cycle::read_store(&store).await.ok()?;
        current.snapshot.map(|snapshot| Standing::from(&snapshot.manifest))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn jitter(&self) -> f64 {
        fastrand::f64()
    }
}
