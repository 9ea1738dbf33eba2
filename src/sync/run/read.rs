//! Reading Michael: his rows, under his lock, as content to publish.

use std::time::Duration;

use tokio::time::timeout;

use super::context::Run;
use super::deadline::{millis, waits};
use super::error::SyncError;
use super::steps::Step;
use crate::sync::clock::compare;
use crate::sync::content::{Content, build};
use crate::sync::source::{Lock, Michael, Source, SourceError};

impl Run<'_> {
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
        let mut last = None;
        for tries in 1_u32.. {
            let error = match (self.read_once(source).await, last.take()) {
                (Err(SyncError::Source(error)), _) if error.is_transient() => error,
                // What the last whole try says is worth more than that this one was cut short.
                (Err(SyncError::SourceLate(_)), Some(last)) => return Err(SyncError::Source(last)),
                (read, _) => return read,
            };
            let wait = waits.next().unwrap_or_default();
            tracing::warn!(tries, wait_ms = millis(wait), %error, "retrying the read of Michael");
            if self.deadline.wait(wait).await.is_err() {
                return Err(error.into());
            }
            last = Some(error);
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
