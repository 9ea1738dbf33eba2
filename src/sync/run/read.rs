//! Reading Michael: his rows, under his lock, as content to publish.

use super::building::build_within;
use super::context::Run;
use super::error::SyncError;
use super::retry::retry;
use super::steps::RunStep;
use crate::sync::clock::compare;
use crate::sync::content::Content;
use crate::sync::net::error::Again;
use crate::sync::source::{Michael, Reading, Source, SourceError, Table};

impl Run<'_> {
    pub(crate) async fn read_michael(&mut self, source: &dyn Source) -> Result<Content, SyncError> {
        self.watch.begin(RunStep::Read);
        // The lock of an earlier read in this run goes with its transaction.
        self.release_lock().await;
        let michael = self.michael(source).await?;
        not_empty(&michael)?;
        tracing::info!(
            ms = self.watch.end(),
            widget_templates = michael.rows(Table::WidgetTemplates).len(),
            widget_schemas = michael.rows(Table::WidgetSchemas).len(),
            plan_features = michael.rows(Table::PlanFeatures).len(),
            plan_limits = michael.rows(Table::PlanLimits).len(),
            "Michael was read"
        );
        let ahead = michael.clock.map(|clock| (self.runner.clock)().since(clock));
        let skew = compare("Michael's server", ahead).map_err(SyncError::Clock)?;

        self.watch.begin(RunStep::Build);
        let warnings = michael.warning.clone().into_iter().chain(skew);
        let mut content = build_within(self.deadline, michael, self.runner.options.on_bad_row).await?;
        content.warnings.extend(warnings);
        tracing::info!(ms = self.watch.end(), warnings = content.warnings.len(), "the snapshot was built");
        Ok(content)
    }

    /// Michael's rows; unless the run is dry, under his lock. A try that fails has released the lock.
    async fn michael(&mut self, source: &dyn Source) -> Result<Michael, SyncError> {
        let (dry, store) = (self.runner.options.dry, self.runner.store.describe());
        let read = async || {
            if dry {
                Ok(Reading { michael: source.read().await?, lock: None })
            } else {
                source.read_locked(&store).await
            }
        };
        // The server may not know yet that the connection of an earlier try is gone, and keep the lock for it.
        let mut may_be_own = self.may_hold_lock;
        let again = |error: &SourceError| {
            let again = if may_be_own && error.is_locked() { Again::Soon } else { error.again() };
            may_be_own |= !error.is_locked();
            again
        };
        let given_up = match retry(self.deadline, "the read of Michael", read, again).await {
            Ok(Reading { michael, lock }) => {
                self.lock = lock;
                return Ok(michael);
            }
            Err(given_up) => given_up,
        };
        let within = self.deadline.total();
        if !given_up.was_tried() {
            return Err(SyncError::StoreLate(within));
        }
        let last = given_up.last.map(|error| if may_be_own { error.or_own_lock() } else { error });
        Err(last.map_or(SyncError::SourceLate(within), SyncError::from))
    }

    pub(crate) async fn release_lock(&mut self) {
        if let Some(lock) = self.lock.take() {
            self.may_hold_lock |= !lock.release().await;
        }
    }
}

pub(crate) fn not_empty(michael: &Michael) -> Result<(), SourceError> {
    let is_missing = |table: &Table| !table.may_be_empty() && michael.rows(*table).is_empty();
    match Table::ALL.into_iter().find(is_missing) {
        None => Ok(()),
        Some(table) => Err(SourceError::new(format!(
            "{}: expected at least one row, found none; an empty snapshot is never published",
            michael.origin(table)
        ))),
    }
}
