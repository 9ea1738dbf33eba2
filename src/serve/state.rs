//! What the service knows between two requests: how the last sync went, which snapshot is in the store, what Venice
//! counted.
//!
//! Time is measured by the monotonic clock, and what the machine has slept, from the last moment at which the machine's clock
//! was known to be right. So a clock that is set back or forward neither stalls the service nor makes a good snapshot look
//! expired.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::Instrument;

use super::format::Format;
use super::hints::Hints;
use super::metrics::{Ending, Metrics, Moment, Notifier};
use super::quota::{LONGEST_INTERVAL, WriteAllowance};
use super::schedule::{Cause, LastSync, Situation, SyncRequest, next_run};
use crate::domain::decide::freshness::{DEFAULT_MAX_AGE_MS, Freshness, classify};
use crate::domain::headers::hint::RefreshHint;
use crate::domain::report::health::{Health, KnownSnapshot, health};
use crate::domain::report::monitor::Monitor;
use crate::domain::report::stats::Stats;
use crate::domain::time::Timestamp;
use crate::sync::run::{ErrorClass, Outcome, Report};

#[async_trait]
pub trait Job: Send + Sync {
    async fn run(&self) -> Report;

    async fn standing(&self) -> Result<Option<KnownSnapshot>, String>;

    fn now(&self) -> Timestamp;

    /// How long the machine has slept since the start.
    fn slept(&self) -> Duration;

    /// A number from 0 up to 1, for the jitter.
    fn jitter(&self) -> f64;
}

/// Why a sync that somebody asked for did not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    #[error("a sync has been running since {since} (cause: {}); ask again when it has ended", .cause.name())]
    Here { cause: Cause, since: Timestamp },
    #[error("this replica stands by: {0}")]
    Elsewhere(String),
}

pub struct Service {
    job: Box<dyn Job>,
    started: Instant,
    /// Held while a sync runs.
    running: tokio::sync::Mutex<()>,
    wake: Notify,
    known: Mutex<Known>,
    metrics: Metrics,
}

struct Known {
    /// How long the service has run at the moment at which this was locked.
    elapsed: Duration,
    /// A time by the machine's clock, and how long the service had run when it was taken.
    anchor: (Timestamp, Duration),
    situation: Situation,
    under_way: Option<(Cause, Timestamp)>,
    hints: Hints,
    /// The last snapshot that was seen; a store that cannot be asked does not take it away.
    standing: Option<KnownSnapshot>,
    last_success: Option<Timestamp>,
    /// Whether the last sync failed, or the store could not be asked.
    in_trouble: bool,
    /// Whether the channel is being listened to; `None` without a channel.
    listening: Option<bool>,
    /// The ids of the keys that signed the snapshot, as the last successful sync reported them.
    signed_by: Vec<String>,
    monitor: Monitor,
}

/// What a sync that begins is to answer.
struct Begun {
    hints: HashSet<u64>,
    asked: Option<SyncRequest>,
}

impl Known {
    fn now(&self) -> Timestamp {
        let (time, taken) = self.anchor;
        let passed = self.elapsed.saturating_sub(taken).as_millis();
        time.plus(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// What comes from here on may come too late for this sync, and asks for another.
    fn begin(&mut self, cause: Cause) -> Begun {
        self.under_way = Some((cause, self.now()));
        Begun { hints: self.hints.take(), asked: self.situation.asked.take() }
    }

    fn record(&mut self, ending: Ending, report: &Report, begun: Begun) {
        self.under_way = None;
        let failures = self.situation.last_sync.failures().saturating_add(1);
        self.situation.last_sync = match ending {
            Ending::Outcome(Outcome::Failed | Outcome::Refused) if is_michaels_fault(report) => {
                LastSync::Refused(failures)
            }
            Ending::Outcome(Outcome::Failed | Outcome::Refused) => LastSync::Failed(failures),
            Ending::StandingBy => LastSync::StandingBy,
            Ending::Outcome(_) => LastSync::Succeeded,
        };
        match (ending, self.situation.last_sync) {
            (Ending::Outcome(Outcome::Published), _) => self.hints.published(),
            (_, LastSync::Succeeded) => self.hints.unsatisfied(begun.hints),
            _ => self.hints.put_back(begun.hints),
        }
        if ending == Ending::StandingBy {
            // Whoever holds the lock may have read Michael before he changed.
            let notified = begun.asked.filter(|asked| asked.cause == Cause::Notification);
            self.situation.asked = self.situation.asked.or(notified);
        }
    }

    /// By how many versions others have raised the store's since the last sync: their writes count against the same quota.
    /// Where the sync itself does not say, and wrote nothing, as when another replica has the lock, the look after it does.
    fn raised_by_others(&self, report: &Report, seen: Option<KnownSnapshot>) -> u64 {
        let seen = seen.filter(|_| report.writes == 0).map(|seen| seen.version);
        let (Some(known), Some(found)) = (self.standing, report.previous_version.or(seen)) else { return 0 };
        found.saturating_sub(known.version)
    }

    /// When the snapshot that stands has to be renewed whatever the quota says; at once if none stands.
    fn renew_by(&self, now: Duration) -> Duration {
        self.standing.map_or(Duration::ZERO, |standing| {
            let age = Duration::from_millis(self.now().elapsed_since(standing.checked_at));
            now.saturating_add(LONGEST_INTERVAL.saturating_sub(age))
        })
    }
}

impl Service {
    pub fn new(job: Box<dyn Job>, writes: WriteAllowance) -> Self {
        let started = Instant::now();
        let (renew_by, jitter) = (Duration::ZERO, job.jitter());
        let situation =
            Situation { last_ended: None, last_sync: LastSync::Succeeded, asked: None, writes, renew_by, jitter };
        let known = Known {
            elapsed: Duration::ZERO,
            anchor: (job.now(), Duration::ZERO),
            situation,
            under_way: None,
            hints: Hints::default(),
            standing: None,
            last_success: None,
            in_trouble: false,
            listening: None,
            signed_by: Vec::new(),
            monitor: Monitor::default(),
        };
        let (running, wake) = (tokio::sync::Mutex::new(()), Notify::new());
        Self { job, started, running, wake, known: Mutex::new(known), metrics: Metrics::default() }
    }

    /// Runs a sync now, unless one is running here or in another replica.
    pub async fn run_sync(&self, cause: Cause) -> Result<Report, Busy> {
        let Ok(_running) = self.running.try_lock() else { return Err(self.busy_here(cause)) };
        let begun = self.known().begin(cause);
        let span = tracing::info_span!("sync", cause = cause.name());
        let report = self.job.run().instrument(span).await;
        let ending = ending(&report);
        let seen = match standing_of(&report) {
            Some(standing) => Ok(Some(standing)),
            None => self.job.standing().await,
        };
        log(cause, &report, ending, &seen);
        self.finish(begun, &report, ending, &seen);
        match (ending, &report.error) {
            (Ending::StandingBy, Some(error)) => Err(Busy::Elsewhere(error.message.clone())),
            _ => Ok(report),
        }
    }

    fn finish(&self, begun: Begun, report: &Report, ending: Ending, seen: &Result<Option<KnownSnapshot>, String>) {
        let mut known = self.known();
        let others = known.raised_by_others(report, seen.as_ref().ok().copied().flatten());
        if others > 0 {
            known.hints.published();
        }
        known.record(ending, report, begun);
        let now = known.elapsed;
        known.situation.last_ended = Some(now);
        known.situation.jitter = self.job.jitter();
        known.situation.writes.spend(report.writes, now);
        known.situation.writes.spend_by_others(others, now);
        if known.situation.last_sync == LastSync::Succeeded {
            // The run has compared the machine's clock with others.
            known.anchor = (self.job.now(), now);
            known.last_success = Some(known.now());
        }
        known.in_trouble = known.situation.last_sync.failures() > 0 || seen.is_err();
        if let Ok(standing) = seen {
            known.standing = *standing;
        }
        known.situation.renew_by = known.renew_by(now);
        if report.error.is_none() {
            known.signed_by.clone_from(&report.signed_by);
        }
        self.metrics.count_sync(report, ending);
        // Whoever waits for the next sync has to learn that it is due at another time now.
        self.wake.notify_one();
    }

    fn busy_here(&self, asked: Cause) -> Busy {
        let known = self.known();
        // Nothing is under way for a moment only, between two syncs.
        let (cause, since) = known.under_way.unwrap_or((asked, known.now()));
        Busy::Here { cause, since }
    }

    pub async fn idle(&self) {
        drop(self.running.lock().await);
    }

    pub fn due(&self) -> (Duration, Cause) {
        let known = self.known();
        let due = next_run(&known.situation);
        (due.at.saturating_sub(known.elapsed), due.cause)
    }

    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes a hint, read from this header: however many there are, they ask for one sync.
    pub fn hint(&self, hint: &RefreshHint, header: &str) {
        self.metrics.count_hint(hint.reason);
        let mut known = self.known();
        if known.hints.add(header) {
            let since = known.elapsed;
            known.situation.asked.get_or_insert(SyncRequest { cause: Cause::Hint, since });
            self.wake.notify_one();
        }
    }

    /// Michael has changed, or may have.
    pub fn notified(&self, by: Notifier) {
        self.metrics.count_notification(by);
        self.ask_for_sync();
    }

    /// Says whether the channel is being listened to. From the moment it is, a sync makes up for what came before.
    pub fn listening(&self, listening: bool) {
        self.known().listening = Some(listening);
        if listening {
            self.ask_for_sync();
        }
    }

    fn ask_for_sync(&self) {
        let mut known = self.known();
        let since = known.elapsed;
        let asked = &mut known.situation.asked;
        // A notification is more urgent than a hint; the first one counts, or a stream of them would put the sync off.
        if asked.is_none_or(|asked| asked.cause != Cause::Notification) {
            *asked = Some(SyncRequest { cause: Cause::Notification, since });
            self.wake.notify_one();
        }
    }

    pub fn observe(&self, stats: &Stats) {
        self.metrics.count_lookups(stats);
        let mut known = self.known();
        let now = known.now();
        known.monitor.add(stats, now);
    }

    /// The health block, with the counters of the last hour.
    pub fn health(&self) -> Health {
        let known = self.known();
        let now = known.now();
        let block = health(known.standing, &known.monitor.last_hour(now), known.in_trouble, now, DEFAULT_MAX_AGE_MS);
        match known.last_success {
            Some(time) => block.with_sync_at(time, now),
            None => block,
        }
    }

    /// The ids of the keys that signed the snapshot, if one stands.
    pub fn signed_by(&self) -> Vec<String> {
        let known = self.known();
        if known.standing.is_some() { known.signed_by.clone() } else { Vec::new() }
    }

    /// Whether a verified snapshot stands, as far as is known, and has not expired.
    pub fn is_ready(&self) -> bool {
        let known = self.known();
        known.standing.is_some_and(|standing| {
            matches!(classify(standing.checked_at, known.now(), DEFAULT_MAX_AGE_MS), Freshness::Fresh)
        })
    }

    pub fn metrics(&self, format: Format) -> String {
        let moment = {
            let known = self.known();
            let Known { standing, last_success, listening, .. } = *known;
            Moment { standing, last_success, listening, now: known.now(), clock: self.job.now() }
        };
        self.metrics.text(format, &moment)
    }

    /// No code that holds this can panic between two states that fit together, so a poisoned lock is still good.
    fn known(&self) -> MutexGuard<'_, Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.elapsed = self.started.elapsed().saturating_add(self.job.slept());
        known
    }
}

/// How the sync ended, for the schedule and the metrics: a lock that another replica holds is not a failure.
fn ending(report: &Report) -> Ending {
    match &report.error {
        Some(error) if error.class == ErrorClass::Locked => Ending::StandingBy,
        _ => Ending::Outcome(report.outcome),
    }
}

/// Whether a sync failed because Michael could not be read, or ended the run's connection, or holds what must not be published.
fn is_michaels_fault(report: &Report) -> bool {
    report.outcome == Outcome::Refused || report.error.as_ref().is_some_and(|error| error.class == ErrorClass::Source)
}

fn log(cause: Cause, report: &Report, ending: Ending, seen: &Result<Option<KnownSnapshot>, String>) {
    let (cause, outcome) = (cause.name(), ending.name());
    tracing::info!(cause, outcome, version = report.version, run = report.run, "sync ended");
    if let Err(error) = seen {
        tracing::warn!(cause, error, "could not read the store after the sync; the last known snapshot counts");
    }
}

fn standing_of(report: &Report) -> Option<KnownSnapshot> {
    let checked_at = report.checked_at.as_deref().and_then(Timestamp::parse)?;
    Some(KnownSnapshot { version: report.version?, checksum: report.checksum?, checked_at })
}
