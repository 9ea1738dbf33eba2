//! From a look at the store to a verified snapshot in it: look, read Michael, compare, protect, write, read back; and
//! again from the look as long as other writers are faster.
//!
//! The look comes first, so what becomes version *n* + 1 was read after *n* stood. What was read is planned against that
//! one look and then gone: after a conflict Michael is read again, so older rows never go over newer ones.
//!
//! The answer to a write can be lost. The write is then made again, which its marker forbids if it was done; so what
//! looks like another writer's may be this run's own, and is recognised by its checksum.

use std::time::Duration;

use tokio::time::timeout;

use super::build::Content;
use super::current::Current;
use super::cycle::{Run, read_store};
use super::diff::count;
use super::error::SyncError;
use super::protect::{Protection, protect};
use super::publish::{Kind, Payloads, Plan, Policy, adoption, plan};
use super::read_back::ReadBack;
use super::retry::{Patient, WriteFailure, waits};
use super::source::Source;
use super::steps::Step;
use super::store::{Item, StoreError};
use crate::domain::key::Key;

/// The time that is there for looking at what was written, even if the deadline has passed.
pub(super) const GRACE: Duration = Duration::from_secs(10);

/// Where the content of a snapshot comes from.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// Michael's rows, read anew for each look at the store.
    Michael(&'a dyn Source),
    /// The content of an earlier snapshot, which does not change.
    Backup(&'a Payloads),
}

/// A snapshot that was planned, and, unless the run is dry or nothing changed, stands.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) plan: Plan,
    /// What the store held before.
    pub(super) before: Current,
    pub(super) warnings: Vec<String>,
}

impl Delivered {
    /// Whether these items are what was sent, to the byte; so they are as verified as that was. False says nothing: a
    /// store may spell a value in another way.
    pub(super) fn is(&self, items: &[Item]) -> bool {
        let text = |key: &Key| items.iter().find(|item| item.key == key.stored()).map(|item| item.value.text());
        let texts = &self.plan.texts;
        !texts.is_empty() && texts.iter().all(|(key, sent)| text(key) == Some(sent))
    }

    /// Whether exactly this is what the store holds.
    pub(super) fn stands_in(&self, found: &Current) -> bool {
        found.snapshot.as_ref() == Some(&self.plan.snapshot)
    }
}

impl Run<'_> {
    /// Brings the content into the store. Without rules nothing is refused but what a reader would reject.
    pub(super) async fn deliver(
        &mut self,
        origin: Origin<'_>,
        policy: Policy,
        rules: Option<&Protection>,
    ) -> Result<Delivered, SyncError> {
        loop {
            let delivered = self.write(origin, policy, rules).await?;
            if delivered.plan.kind == Kind::Unchanged || self.runner.options.dry {
                return Ok(delivered);
            }
            match self.read_back(&delivered).await? {
                ReadBack::Stands => return Ok(delivered),
                ReadBack::Overtook => tracing::warn!("a newer version was overwritten; publishing above it"),
            }
        }
    }

    /// Looks, reads, compares and writes, until there is nothing to write or the store takes it.
    async fn write(
        &mut self,
        origin: Origin<'_>,
        policy: Policy,
        rules: Option<&Protection>,
    ) -> Result<Delivered, SyncError> {
        let store = Patient::new(self.runner.store, self.deadline);
        let mut waits = waits(Duration::from_millis(20), Duration::from_secs(2));
        // A write that may have been done although its answer was a failure.
        let mut lost: Option<Delivered> = None;
        for tries in 1_u32.. {
            self.watch.begin(Step::ReadStore);
            let before = match (read_store(&store).await, &lost) {
                (Err(SyncError::Store { source, .. }), Some(lost)) => return Err(unknown(lost, source)),
                (before, _) => before?,
            };
            tracing::info!(ms = self.watch.end(), version = before.highest_version, "the store was read");
            if let Some(own) = lost.take().filter(|lost| lost.stands_in(&before)) {
                tracing::info!(
                    version = own.plan.snapshot.manifest.version(),
                    "the write was done, its answer was lost"
                );
                return Ok(own);
            }

            let content = self.content(origin).await?;
            let planned = self.plan(content, before, policy, rules)?;
            if planned.plan.kind == Kind::Unchanged || self.runner.options.dry {
                return Ok(planned);
            }
            self.lock.still_held().await?;
            match self.publish(&store, &planned).await {
                Ok(Written::Snapshot) => return Ok(planned),
                Ok(Written::Marker) => continue,
                Err(WriteFailure { error: StoreError::Conflict { key, .. }, may_be_done }) => {
                    tracing::info!(
                        tries,
                        key,
                        may_be_done,
                        "the store is not as it was read; starting again from the look"
                    );
                    lost = may_be_done.then_some(planned);
                }
                Err(WriteFailure { error, may_be_done: true }) => return self.last_look(planned, error).await,
                Err(WriteFailure { error, .. }) => return Err(SyncError::Store { action: "written", source: error }),
            }
            if self.deadline.wait(waits.next().unwrap_or_default()).await.is_err() {
                return match lost {
                    Some(planned) => self.last_look(planned, late(&self.deadline)).await,
                    None => Err(SyncError::Contended(tries)),
                };
            }
        }
        Err(SyncError::Contended(u32::MAX))
    }

    /// What is to be published. It is read after the look that it is compared with.
    async fn content(&mut self, origin: Origin<'_>) -> Result<Content, SyncError> {
        match origin {
            Origin::Michael(source) => self.read_michael(source).await,
            Origin::Backup(payloads) => Ok(Content { payloads: payloads.clone(), warnings: Vec::new() }),
        }
    }

    /// Plans what was read against what was seen before it. Both are used up: no plan is ever made of older rows.
    fn plan(
        &mut self,
        content: Content,
        before: Current,
        policy: Policy,
        rules: Option<&Protection>,
    ) -> Result<Delivered, SyncError> {
        self.watch.begin(Step::Compare);
        let Content { payloads, mut warnings } = content;
        let plan = plan(&payloads, &before, (self.runner.clock)(), policy)?;
        if let Some(rules) = rules {
            warnings.extend(protect(&plan, &before, rules).map_err(SyncError::Protected)?);
        }
        let diff = count(&plan.changes);
        tracing::info!(
            ms = self.watch.end(),
            kind = plan.kind.name(),
            added = diff.added,
            changed = diff.changed,
            removed = diff.removed,
            bytes = plan.bytes,
            "the store was compared with Michael"
        );
        Ok(Delivered { plan, before, warnings })
    }

    async fn publish(&mut self, store: &Patient<'_>, planned: &Delivered) -> Result<Written, WriteFailure> {
        self.watch.begin(Step::Publish);
        let version = planned.plan.snapshot.manifest.version();
        if let Some(marker) = adoption(&planned.before) {
            store.patch(&[marker]).await?;
            tracing::warn!(
                ms = self.watch.end(),
                "the store had a manifest and no marker; the marker was written first"
            );
            return Ok(Written::Marker);
        }
        store.patch(&planned.plan.operations).await?;
        let operations = planned.plan.operations.len();
        tracing::info!(ms = self.watch.end(), version, operations, bytes = planned.plan.bytes, "the store was written");
        Ok(Written::Snapshot)
    }

    /// After a write without a good answer: one look at what stands, before the run is given up.
    async fn last_look(&mut self, sent: Delivered, error: StoreError) -> Result<Delivered, SyncError> {
        let Ok(Ok(items)) = timeout(GRACE, self.runner.store.items()).await else { return Err(unknown(&sent, error)) };
        if sent.stands_in(&Current::of(items)) {
            tracing::info!(%error, "the write was done, its answer was lost");
            Ok(sent)
        } else {
            Err(SyncError::Store { action: "written", source: error })
        }
    }
}

/// What a request put into the store.
enum Written {
    Snapshot,
    /// Only the marker that was missing.
    Marker,
}

fn unknown(sent: &Delivered, source: StoreError) -> SyncError {
    SyncError::OutcomeUnknown { version: sent.plan.snapshot.manifest.version(), source }
}

fn late(deadline: &super::retry::Deadline<'_>) -> StoreError {
    StoreError::Late { seconds: deadline.total().as_secs(), last: None }
}
