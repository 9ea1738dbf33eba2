//! After a write, what stands is read through the store's own API and verified. A store that still shows the state before
//! the write is read again for as long as its propagation takes. If what it shows then is not what was sent, the previous
//! content is published again under a new version, since versions only go up.

use std::time::Duration;

use super::delivered::Delivered;
use super::protocol::Shows;
use crate::domain::reason::Reason;
use crate::domain::verify::{EntryVerdict, Status};
use crate::sync::plan::{PlanPolicy, Stored, plan};
use crate::sync::run::{RetryingStore, Run, RunStep, SyncError, waits};
use crate::sync::store::StoreError;

/// How long a store may go on showing the state before a write.
const PROPAGATION: Duration = Duration::from_secs(10);

/// The time for looking at what was written, even after the deadline. Nothing is written in it.
const GRACE: Duration = Duration::from_millis(1_500);

impl Run<'_> {
    /// What the store shows to this run, which has sent a plan. If it `may_lag`, the state before the write, or an older
    /// one, counts only after [`PROPAGATION`].
    pub(crate) async fn read_back(&mut self, sent: &Delivered, may_lag: bool) -> Result<(Shows, Stored), StoreError> {
        self.watch.begin(RunStep::ReadBack);
        let store = RetryingStore::new(self.runner.store, self.deadline.with_at_least(GRACE));
        let since = self.runner.timer.now();
        let mut waits = waits(Duration::from_millis(100), Duration::from_secs(2));
        loop {
            let found = store.read().await?;
            let shows = Shows::of(&sent.plan, &sent.before, &found);
            let waited = self.runner.timer.now().duration_since(since);
            let lags = may_lag && matches!(shows, Shows::Before | Shows::Older);
            if !lags || waited >= PROPAGATION {
                let (ms, version) = (self.watch.end(), sent.version());
                tracing::info!(ms, version, shows = shows.name(), "the store was read back");
                return Ok((shows, found));
            }
            let wait = waits.next().unwrap_or_default().min(PROPAGATION.saturating_sub(waited));
            if !self.deadline.wait(wait).await {
                return Err(StoreError::Behind { within: self.deadline.total() });
            }
        }
    }

    /// What was sent is not what was found: puts the previous content back, and says how that ended.
    pub(crate) async fn wrong(&mut self, sent: Delivered, found: Option<Stored>) -> SyncError {
        let version = sent.version();
        let Some(found) = found else { return SyncError::NotReadBack { version, source: self.deadline.late() } };
        let verdicts = with_signatures(&sent, &found);
        tracing::error!(version, "what was read back is not what was written");
        let put_back = self.put_back(sent, found).await;
        SyncError::ReadBack { version, verdicts, put_back }
    }

    async fn put_back(&mut self, sent: Delivered, found: Stored) -> String {
        let failed = |reason: String| {
            format!(
                "the previous content could not be put back, so readers may fall back to Paris; run again: {reason}"
            )
        };
        let unknown = |version: u64, error: StoreError| {
            format!(
                "it is not known whether the previous content was published again as version {version}; run `atlas-sync \
                 verify`: {error}"
            )
        };
        let Some(previous) = sent.before.snapshot.clone() else {
            return "there was no previous snapshot to put back, so readers may fall back to Paris; look at the store, and \
                    run again"
                .to_owned();
        };
        self.watch.begin(RunStep::PutBack);
        // Nothing of what stands is trusted, so all of it is written again. The marker of what was sent must still be
        // there: if it is not, another writer has been, or the store never took the request.
        let mut distrusted = Stored::distrusted(sent.version());
        distrusted.hold.clone_from(&sent.before.hold);
        let now = (self.runner.clock)();
        // Unless Michael holds the same now, nothing has confirmed it since: with a new time it would be served beyond its age.
        let checked_at = (!sent.plan.changes.is_empty()).then(|| previous.manifest().checked_at().min(now));
        let policy = PlanPolicy { checked_at, ..PlanPolicy::heartbeat(0) };
        let again = match plan(&sent.before.payloads, &distrusted, now, &policy) {
            Ok(again) => again,
            Err(error) => return failed(error.to_string()),
        };
        // What the job could not build on stays unsigned.
        let again = if sent.before.is_foreign { Ok(again) } else { self.signed(again).await };
        let again = match again {
            Ok(again) => again,
            Err(error) => return failed(error.cause()),
        };
        self.watch.begin(RunStep::PutBack);
        let written = self.patch(&again.operations).await;
        let again = Delivered { plan: again, before: found, ..sent };
        let version = again.version();
        let look = self.read_back(&again, written.is_ok()).await;
        let error = written.as_ref().err().map(|failure| failure.error.to_string());
        tracing::info!(version, error, "the previous content was sent again");
        let (shows, found) = match look {
            Ok(look) => look,
            Err(error) => return unknown(version, error),
        };
        match (shows, found.snapshot, written) {
            (Shows::Sent | Shows::SentBelow, ..) => {
                format!("the previous content was published again as version {version}, and verified")
            }
            (_, Some(standing), _) if standing == previous => format!(
                "the store does not have it: the previous snapshot, version {}, stands",
                standing.manifest().version()
            ),
            (Shows::Others, Some(standing), _) => format!(
                "version {}, which another writer has published since, stands and is whole",
                standing.manifest().version()
            ),
            (_, _, Ok(())) => format!(
                "the previous content was published again as version {version}, which reads back wrong as well: the \
                 store itself is at fault"
            ),
            (_, _, Err(failure)) if failure.may_be_done => unknown(version, failure.error),
            (_, _, Err(failure)) => failed(failure.error.to_string()),
        }
    }
}

/// The verdicts on what was found. If only the signatures differ from what was sent, the manifest's verdict says so.
fn with_signatures(sent: &Delivered, found: &Stored) -> Vec<EntryVerdict> {
    let mut verdicts = found.verdicts.clone();
    let (expected, found) = (&sent.plan.signatures, found.signatures());
    if let Some(manifest) = verdicts.first_mut().filter(|first| first.status == Status::Verified && *expected != found)
    {
        manifest.status = Status::Failed;
        manifest.reason = Some(Reason::SignatureInvalid);
        let (expected, found) = (expected.listed(), found.listed());
        manifest.message =
            Some(format!("expected the signatures that were sent, of {expected}, found others, of {found}"));
    }
    verdicts
}
