//! From a look at the store to a verified snapshot in it: what a run does at each step of the protocol.
//!
//! The order of the steps and the meaning of each answer are in [`protocol`](super::protocol); here is the I/O. The look
//! comes first, so what becomes version *n* + 1 was read after *n* stood. What was read is planned against that one look
//! and then gone: after a conflict Michael is read again, so older rows never go over newer ones.

use std::time::Duration;

use backon::ExponentialBackoff;

use super::delivered::Delivered;
use super::protocol::{Doubt, End, Phase, Planned, Reply, Shows};
use crate::sync::clock::compare;
use crate::sync::content::{Content, Payloads};
use crate::sync::plan::{Hold, Policy, Protection, Stored, adoption, count, plan, protect};
use crate::sync::run::{Patient, Run, Step, SyncError, WriteFailure, read_store, waits};
use crate::sync::source::Source;
use crate::sync::store::{IsConflict, Operation, StoreError};

#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// Michael's rows, read anew for each look at the store. While the snapshot is held, what stands.
    Michael(&'a dyn Source),
    /// The content of an earlier snapshot, which does not change.
    Backup(&'a Payloads),
    Store,
}

type At = Phase<Stored, Box<Delivered>>;

/// What a run remembers from step to step, for its messages alone.
struct Course {
    conflicts: u32,
    sent: u64,
    standing: Option<u64>,
    found: Option<Stored>,
    because: Option<Because>,
    waits: ExponentialBackoff,
}

impl Course {
    fn note(&mut self, look: Option<(Shows, Stored)>) -> Option<Shows> {
        let (shows, found) = look?;
        self.standing = found.version();
        self.found = Some(found);
        Some(shows)
    }
}

enum Because {
    Unread(StoreError),
    NotWritten(StoreError),
    Contended,
}

impl Run<'_> {
    /// Brings the content into the store. Without rules nothing is refused but what a reader would reject.
    pub(crate) async fn deliver(
        &mut self,
        origin: Origin<'_>,
        policy: &Policy,
        rules: Option<&Protection>,
    ) -> Result<Delivered, SyncError> {
        let waits = waits(Duration::from_millis(20), Duration::from_secs(2));
        let mut course = Course { conflicts: 0, sent: 0, standing: None, found: None, because: None, waits };
        let mut phase = At::start();
        loop {
            phase = match phase {
                Phase::Look { doubt } => self.look(&mut course, doubt).await,
                Phase::Read { before, doubt } => {
                    let planned = self.planned(origin, before, policy, rules).await;
                    At::after_plan(planned.map_err(|error| in_doubt(error, doubt, course.sent))?, doubt)
                }
                Phase::Adopt { planned, doubt } => self.adopt(&mut course, &planned, doubt).await,
                Phase::Write { sent, doubt } => {
                    let held = self.lock.still_held().await;
                    held.map_err(|error| in_doubt(error.into(), doubt, course.sent))?;
                    self.publish(&mut course, sent, doubt).await
                }
                Phase::Judge { sent, reply, doubt } => self.judge(&mut course, sent, reply, doubt).await,
                Phase::ReadBack { sent } => {
                    let look = self.shown(&sent, true, Step::ReadBack).await;
                    let look = look.map_err(|error| course.because = Some(Because::Unread(error))).ok();
                    At::after_read_back(sent, course.note(look))
                }
                Phase::Over(end) => return self.finish(end, course).await,
            }
        }
    }

    async fn look(&mut self, course: &mut Course, doubt: Doubt) -> At {
        if course.conflicts > 0 && self.deadline.wait(course.waits.next().unwrap_or_default()).await.is_err() {
            course.because = Some(Because::Contended);
            return At::after_look(None, doubt);
        }
        self.watch.begin(Step::ReadStore);
        let seen = read_store(&Patient::new(self.runner.store, self.deadline)).await;
        match &seen {
            Ok(before) => {
                course.standing = before.version();
                tracing::info!(ms = self.watch.end(), version = before.highest_version, "the store was read");
            }
            Err(_) => _ = self.watch.end(),
        }
        At::after_look(seen.map_err(|error| course.because = Some(Because::Unread(error))).ok(), doubt)
    }

    /// Reads what to publish, and plans it against what the store held before. It takes both by value: no plan is ever made
    /// of older rows.
    async fn planned(
        &mut self,
        origin: Origin<'_>,
        before: Stored,
        policy: &Policy,
        rules: Option<&Protection>,
    ) -> Result<Planned<Box<Delivered>>, SyncError> {
        let clocks = self.compare_clocks()?;
        if matches!(origin, Origin::Store) && before.snapshot.is_none() {
            // Nothing that could be published again: an empty snapshot would be worse than what is there.
            return Err(SyncError::Unverified(before.verdicts));
        }
        let warning = before.held((self.runner.clock)()).map(Hold::warning);
        let standing = || Content { payloads: before.payloads.clone(), ..Content::default() };
        let (content, held) = match (origin, warning) {
            (Origin::Michael(_), Some(warning)) => (Content { warnings: vec![warning], ..standing() }, true),
            (Origin::Michael(source), None) => (self.read_michael(source).await?, false),
            (Origin::Backup(payloads), _) => (Content { payloads: payloads.clone(), ..Content::default() }, false),
            (Origin::Store, _) => (standing(), false),
        };
        let Content { payloads, mut warnings, quarantined } = content;
        warnings.extend(clocks);
        self.watch.begin(Step::Compare);
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
        let delivered = Box::new(Delivered { plan, before, warnings, quarantined, held });
        let dry = self.runner.options.dry;
        Ok(Planned::of(&delivered.plan, &delivered.before, dry).with(delivered))
    }

    /// Compares this machine's clock with the one that the store has just shown. A difference can be worth a warning.
    fn compare_clocks(&self) -> Result<Option<String>, SyncError> {
        let ahead = self.runner.store.clock_ahead_ms();
        Ok(ahead.map_or(Ok(None), |ahead_ms| compare("the store's server", ahead_ms))?)
    }

    async fn adopt(&mut self, course: &mut Course, planned: &Delivered, doubt: Doubt) -> At {
        self.watch.begin(Step::Publish);
        let marker = adoption(&planned.before).map(|marker| vec![marker]).unwrap_or_default();
        let reply = self.reply(course, &marker).await;
        tracing::warn!(ms = self.watch.end(), "the store had a manifest and no marker; the marker is written first");
        At::after_adoption(reply.0, doubt)
    }

    async fn publish(&mut self, course: &mut Course, sent: Box<Delivered>, doubt: Doubt) -> At {
        self.watch.begin(Step::Publish);
        course.sent = sent.version();
        let (reply, may_be_done) = self.reply(course, &sent.plan.operations).await;
        let (version, operations, bytes) = (sent.version(), sent.plan.operations.len(), sent.plan.bytes);
        let ms = self.watch.end();
        if reply == Reply::Done {
            tracing::info!(ms, version, operations, bytes, "the store was written");
        }
        At::after_write(sent, reply, may_be_done, doubt)
    }

    async fn reply(&mut self, course: &mut Course, operations: &[Operation]) -> (Reply, bool) {
        match Patient::new(self.runner.store, self.deadline).patch(operations).await {
            Ok(()) => (Reply::Done, false),
            Err(failure) => {
                let reply = Reply::of(&failure);
                let WriteFailure { error, may_be_done } = failure;
                tracing::info!(%error, ?reply, may_be_done, "the write was not answered with success");
                course.because = Some(Because::NotWritten(error));
                (reply, may_be_done)
            }
        }
    }

    async fn judge(&mut self, course: &mut Course, sent: Box<Delivered>, reply: Reply, doubt: Doubt) -> At {
        let ambiguous = match &course.because {
            Some(Because::NotWritten(error)) => error.conflict() != IsConflict::No,
            _ => false,
        };
        let shows = match self.shown(&sent, ambiguous, Step::ReadBack).await {
            Ok(look) => course.note(Some(look)),
            Err(error) => {
                tracing::warn!(%error, "what stands after the write could not be read");
                None
            }
        };
        tracing::info!(version = sent.version(), ?reply, ?shows, ?doubt, "the markers tell what the answer meant");
        let next = At::after_judging(sent, reply, shows, doubt);
        if matches!(next, Phase::Look { .. }) {
            course.conflicts += 1;
        }
        next
    }

    async fn finish(&mut self, end: End<Box<Delivered>>, course: Course) -> Result<Delivered, SyncError> {
        let Course { conflicts, sent: version, standing, found, because, .. } = course;
        match (end, because) {
            (End::Wrong(sent), _) => Err(self.wrong(*sent, found).await),
            (End::Stands(delivered) | End::Unchanged(delivered), _) => Ok(*delivered),
            (End::NotWritten { doubt: Doubt::Open }, because) => Err(SyncError::OutcomeUnknown {
                version,
                reason: match because {
                    Some(Because::Unread(error) | Because::NotWritten(error)) => error.to_string(),
                    _ => "the time was over before the store could be read again".to_owned(),
                },
            }),
            (End::NotWritten { doubt }, Some(Because::Unread(source))) => {
                Err(in_doubt(SyncError::Unread(source), doubt, version))
            }
            (End::NotWritten { doubt }, Some(Because::NotWritten(source))) => {
                Err(in_doubt(SyncError::NotWritten { standing, source }, doubt, version))
            }
            (End::NotWritten { doubt }, _) => {
                Err(in_doubt(SyncError::Contended { conflicts, standing }, doubt, version))
            }
            (End::NotReadBack(sent), because) => Err(SyncError::NotReadBack {
                version: sent.version(),
                source: match because {
                    Some(Because::Unread(error) | Because::NotWritten(error)) => error,
                    _ => self.deadline.late(),
                },
            }),
        }
    }
}

/// The error; or, if not all is known of an earlier request of the run, that.
fn in_doubt(error: SyncError, doubt: Doubt, version: u64) -> SyncError {
    match doubt {
        Doubt::None => error,
        Doubt::Overtaken => SyncError::Overtaken { version, reason: error.bare() },
        Doubt::Open => SyncError::OutcomeUnknown { version, reason: error.bare() },
    }
}
