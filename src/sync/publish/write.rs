//! From a look at the store to a verified snapshot in it: the I/O of each step of the [`protocol`](super::protocol).
//!
//! The look comes first, so what becomes version *n* + 1 was read after *n* stood. A plan serves one look only: after a
//! conflict Michael is read again, so older rows never replace newer ones.

use std::time::Duration;

use backon::ExponentialBackoff;

use super::delivered::Delivered;
use super::protocol::{Doubt, End, Phase, PlannedWrite, Reply, Shows};
use crate::sync::clock::compare;
use crate::sync::content::{Content, Payloads};
use crate::sync::plan::{Hold, PlanKind, PlanPolicy, Protection, Stored, adoption, count, plan, protect, provenance};
use crate::sync::run::{RetryingStore, Run, RunStep, SyncError, WriteFailure, waits};
use crate::sync::source::Source;
use crate::sync::store::{IsConflict, Operation, StoreError};

#[derive(Clone, Copy)]
pub(crate) enum Origin<'a> {
    /// Michael's rows, read anew for each look at the store; while the snapshot is held, what stands, unless the run is dry.
    Michael(&'a dyn Source),
    Backup(&'a Payloads),
    Store,
}

type Next = Phase<Stored, Box<Delivered>>;

/// What a run remembers from step to step, only for its messages.
struct Course {
    conflicts: u32,
    /// Whether the missing marker was written before.
    adopted: bool,
    sent: u64,
    /// A version of this run that may have stood, and that another writer has replaced.
    overtaken: Option<u64>,
    standing: Option<u64>,
    found: Option<Stored>,
    failure: Option<StepFailure>,
    waits: ExponentialBackoff,
}

impl Course {
    fn note(&mut self, look: (Shows, Stored)) -> Shows {
        let (shows, found) = look;
        self.standing = found.version();
        self.found = Some(found);
        shows
    }
}

enum StepFailure {
    Unread(StoreError),
    NotWritten(StoreError),
}

impl Run<'_> {
    /// Brings the content into the store. Without rules only what a reader would reject is refused.
    pub(crate) async fn deliver(
        &mut self,
        origin: Origin<'_>,
        policy: &PlanPolicy,
        rules: Option<&Protection>,
    ) -> Result<Delivered, SyncError> {
        let waits = waits(Duration::from_millis(20), Duration::from_secs(2));
        let (overtaken, standing, found, failure) = (None, None, None, None);
        let mut course = Course { conflicts: 0, adopted: false, sent: 0, overtaken, standing, found, failure, waits };
        let mut phase = Next::start();
        loop {
            phase = match phase {
                Phase::Look { doubt } => self.look(&mut course, doubt).await,
                Phase::Read { before, doubt } => {
                    let planned = self.plan(origin, before, policy, rules).await;
                    let planned = planned.map_err(|error| in_doubt(error, doubt, course.sent))?;
                    let writes = PlannedWrite::of(&planned.plan, &planned.before, self.runner.options.dry);
                    Next::after_plan(writes, planned, doubt)
                }
                Phase::Adopt { planned, doubt } => self.adopt(&mut course, &planned, doubt).await,
                Phase::Write { sent, doubt } => {
                    if let Some(lock) = &self.lock {
                        let held = lock.still_held().await;
                        held.map_err(|error| in_doubt(SyncError::LockLost(error), doubt, course.sent))?;
                    }
                    self.publish(&mut course, sent, doubt).await
                }
                Phase::Judge { sent, reply, doubt } => self.judge(&mut course, sent, reply, doubt).await,
                Phase::ReadBack { sent } => match self.read_back(&sent, true).await {
                    Ok(look) => {
                        let next = Next::after_read_back(sent, Some(course.note(look)));
                        course.conflicts += u32::from(matches!(next, Phase::Look { .. }));
                        next
                    }
                    Err(error) => {
                        course.failure = Some(StepFailure::Unread(error));
                        Next::after_read_back(sent, None)
                    }
                },
                // On the heap: it is large, and rarely has anything to do.
                Phase::Ended(end) => return Box::pin(self.finish(end, course)).await,
            }
        }
    }

    async fn look(&mut self, course: &mut Course, doubt: Doubt) -> Next {
        if course.conflicts > 0 && !self.deadline.wait(course.waits.next().unwrap_or_default()).await {
            course.failure = None;
            return Next::after_look(None, doubt);
        }
        self.watch.begin(RunStep::ReadStore);
        let seen = RetryingStore::new(self.runner.store, self.deadline).read().await;
        let ms = self.watch.end();
        match seen {
            // Michael could not be read any more: it is the conflicts that used up the time.
            Ok(before) if course.conflicts > 0 && self.deadline.left().is_zero() => {
                course.standing = before.version();
                course.failure = None;
                Next::after_look(None, doubt)
            }
            Ok(before) => {
                course.standing = before.version();
                let (version, highest_version) = (before.version(), before.highest_version);
                tracing::info!(ms, version, highest_version, "the store was read");
                Next::after_look(Some(self.as_trusted(before)), doubt)
            }
            Err(error) => {
                course.failure = Some(StepFailure::Unread(error));
                Next::after_look(None, doubt)
            }
        }
    }

    /// Reads what to publish, and plans it against what the store held before. It consumes both, so no plan is ever made
    /// of older rows.
    async fn plan(
        &mut self,
        origin: Origin<'_>,
        before: Stored,
        policy: &PlanPolicy,
        rules: Option<&Protection>,
    ) -> Result<Box<Delivered>, SyncError> {
        let skew = compare("the store's server", self.runner.store.clock_ahead_ms()).map_err(SyncError::Clock)?;
        if matches!(origin, Origin::Store) {
            if before.snapshot.is_none() {
                // There is nothing to publish again, and an empty snapshot would be worse than what is there.
                return Err(SyncError::Unverified(before.verdicts));
            }
            self.trusts(&before).map_err(|message| {
                SyncError::Untrusted(format!("{message}; run `atlas-sync sync`, which publishes what Michael holds"))
            })?;
        }
        let warning = before.held((self.runner.clock)()).map(Hold::warning);
        let held = warning.is_some() && matches!(origin, Origin::Michael(_));
        let content = match origin {
            // A plan shows what would change without the hold.
            Origin::Michael(source) if !held || self.runner.options.dry => self.read_michael(source).await?,
            Origin::Backup(payloads) => Content { payloads: payloads.clone(), ..Content::default() },
            Origin::Michael(_) | Origin::Store => {
                let source = before.source.clone();
                Content { payloads: before.payloads.clone(), source, ..Content::default() }
            }
        };
        let Content { payloads, mut warnings, quarantined, source } = content;
        warnings.extend(warning.filter(|_| held));
        warnings.extend(skew);
        warnings.extend(self.signature_warning(&before));
        self.follows(&before)?;
        self.watch.begin(RunStep::Compare);
        let policy = PlanPolicy { source, ..policy.clone() };
        let plan = plan(&payloads, &before, (self.runner.clock)(), &policy)?;
        if let Origin::Michael(source) = origin
            && plan.kind != PlanKind::Unchanged
        {
            let another = before.version_from_another_source(policy.source.as_deref());
            warnings.extend(another.map(|version| provenance::warning(version, &source.describe())));
        }
        let diff = count(&plan.changes);
        tracing::info!(
            ms = self.watch.end(),
            kind = plan.kind.name(),
            added = diff.added,
            changed = diff.changed,
            removed = diff.removed,
            bytes = plan.bytes(),
            "the store was compared with Michael"
        );
        let plan = self.signed(plan).await?;
        if let Some(rules) = rules {
            warnings.extend(protect(&plan, &before, &quarantined, rules).map_err(SyncError::Protected)?);
        }
        Ok(Box::new(Delivered { plan, before, warnings, quarantined, held }))
    }

    async fn adopt(&mut self, course: &mut Course, planned: &Delivered, doubt: Doubt) -> Next {
        self.watch.begin(RunStep::Publish);
        let marker: Vec<_> = adoption(&planned.before).into_iter().collect();
        let (reply, _) = self.send(course, &marker).await;
        tracing::warn!(ms = self.watch.end(), "the store had a manifest and no marker; the marker is written first");
        // Whoever deletes it each time is a conflict too.
        course.conflicts += u32::from(reply == Reply::Conflict || course.adopted);
        course.adopted = true;
        Next::after_adoption(reply, doubt)
    }

    async fn publish(&mut self, course: &mut Course, sent: Box<Delivered>, doubt: Doubt) -> Next {
        self.watch.begin(RunStep::Publish);
        course.sent = sent.version();
        let (reply, may_be_done) = self.send(course, &sent.plan.operations).await;
        let (version, operations, bytes) = (sent.version(), sent.plan.operations.len(), sent.plan.bytes());
        let ms = self.watch.end();
        if reply == Reply::Done {
            tracing::info!(ms, version, operations, bytes, "the store was written");
        }
        Next::after_write(sent, reply, may_be_done, doubt)
    }

    async fn send(&mut self, course: &mut Course, operations: &[Operation]) -> (Reply, bool) {
        match self.patch(operations).await {
            Ok(()) => (Reply::Done, false),
            Err(failure) => {
                let reply = Reply::of(&failure);
                let WriteFailure { error, may_be_done } = failure;
                tracing::info!(%error, reply = reply.name(), may_be_done, "the write failed, or its answer was lost");
                course.failure = Some(StepFailure::NotWritten(error));
                (reply, may_be_done)
            }
        }
    }

    async fn judge(&mut self, course: &mut Course, sent: Box<Delivered>, reply: Reply, doubt: Doubt) -> Next {
        let ambiguous = match &course.failure {
            Some(StepFailure::NotWritten(error)) => error.conflict() != IsConflict::No,
            _ => false,
        };
        let shows = match self.read_back(&sent, ambiguous).await {
            Ok(look) => Some(course.note(look)),
            Err(error) => {
                tracing::warn!(%error, "the store could not be read after the write");
                None
            }
        };
        let version = sent.version();
        tracing::info!(
            version,
            reply = reply.name(),
            shows = shows.map(Shows::name),
            doubt = doubt.name(),
            "the outcome of the write was judged"
        );
        let next = Next::after_judging(sent, reply, shows, doubt);
        if let Phase::Look { doubt } = &next {
            course.conflicts += 1;
            course.overtaken = (*doubt == Doubt::Overtaken).then_some(version).or(course.overtaken);
        }
        next
    }

    async fn finish(&mut self, end: End<Box<Delivered>>, course: Course) -> Result<Delivered, SyncError> {
        let Course { conflicts, sent: version, overtaken, standing, found, failure, .. } = course;
        Err(match end {
            End::Stands(mut delivered) | End::Unchanged(mut delivered) => {
                delivered.warnings.extend(overtaken.map(|version| {
                    format!("version {version} of this run may have stood for a while; another writer has replaced it")
                }));
                return Ok(*delivered);
            }
            End::Wrong(sent) => self.wrong(*sent, found).await,
            End::NotWritten { doubt } => {
                let error = match failure {
                    Some(StepFailure::Unread(source)) => SyncError::Unread(source),
                    Some(StepFailure::NotWritten(source)) => SyncError::NotWritten { standing, source },
                    None => SyncError::Contended { conflicts, standing },
                };
                in_doubt(error, doubt, version)
            }
            End::NotReadBack(sent) => {
                let source = match failure {
                    Some(StepFailure::Unread(error) | StepFailure::NotWritten(error)) => error,
                    None => self.deadline.late(),
                };
                SyncError::NotReadBack { version: sent.version(), source }
            }
        })
    }
}

/// The error, or, if an earlier request of the run may have been done, that doubt with the error as its reason.
fn in_doubt(error: SyncError, doubt: Doubt, version: u64) -> SyncError {
    match doubt {
        Doubt::None => error,
        Doubt::Overtaken => SyncError::Overtaken { version, reason: error.cause() },
        Doubt::Open => SyncError::OutcomeUnknown { version, reason: error.cause() },
    }
}
