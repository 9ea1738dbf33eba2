//! After a write: what stands is read through the store's own API and verified. What still shows the state before the
//! write is read again for as long as the store's propagation takes. If it then is not what was sent, the previous
//! content is published again, under a new version, since versions only go up.

use std::time::Duration;

use super::delivered::Delivered;
use super::protocol::Shows;
use crate::sync::plan::{Policy, Stored, plan};
use crate::sync::run::{Patient, PutBack, Run, Step, SyncError, read_store, waits};
use crate::sync::store::StoreError;

/// How long a store may go on showing the state before a write.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The time that is there for looking at what was written, even if the deadline has passed. Nothing is written in it.
pub(crate) const GRACE: Duration = Duration::from_millis(1_500);

impl Run<'_> {
    /// What the store shows for one who has sent this. With patience, the state before the write is believed only when
    /// it has been shown for [`PATIENCE`].
    pub(crate) async fn shown(
        &mut self,
        sent: &Delivered,
        patient: bool,
        step: Step,
    ) -> Result<(Shows, Stored), StoreError> {
        self.watch.begin(step);
        let store = Patient::new(self.runner.store, self.deadline.with_at_least(GRACE));
        let since = self.runner.timer.elapsed();
        let mut waits = waits(Duration::from_millis(100), Duration::from_secs(2));
        loop {
            let found = read_store(&store).await?;
            let shows = Shows::of(&sent.plan, &sent.before, &found);
            let waited = self.runner.timer.elapsed().saturating_sub(since);
            if shows != Shows::Before || !patient || waited >= PATIENCE {
                let ms = self.watch.end();
                let checksum = sent.plan.snapshot.manifest.checksum();
                if shows == Shows::Sent {
                    tracing::info!(ms, version = sent.version(), %checksum, "read back and verified");
                } else {
                    tracing::info!(ms, version = sent.version(), ?shows, "read back, and something else found");
                }
                return Ok((shows, found));
            }
            let wait = waits.next().unwrap_or_default().min(PATIENCE.saturating_sub(waited));
            self.deadline.wait(wait).await.map_err(|_| self.deadline.late())?;
        }
    }

    /// What was sent is not what was found: puts the previous content back, and says how that ended.
    pub(crate) async fn wrong(&mut self, sent: Delivered, found: Option<Stored>) -> SyncError {
        let version = sent.version();
        let Some(found) = found else { return SyncError::NotReadBack { version, source: self.deadline.late() } };
        let verdicts = found.verdicts.clone();
        tracing::error!(version, "what was read back is not what was written");
        let put_back = Box::new(self.put_back(sent, found).await);
        SyncError::ReadBack { version, verdicts, put_back }
    }

    async fn put_back(&mut self, sent: Delivered, found: Stored) -> PutBack {
        let Some(previous) = sent.before.snapshot.as_ref() else { return PutBack::NothingBefore };
        self.watch.begin(Step::PutBack);
        // Nothing of what stands is trusted, so all of it is written again. The marker of what was sent must still be
        // there: if it is not, another writer has been, or the store never took the request.
        let mut distrusted = Stored::distrusted(sent.version());
        distrusted.hold.clone_from(&sent.before.hold);
        let again = match plan(&sent.before.payloads, &distrusted, (self.runner.clock)(), &Policy::heartbeat(0)) {
            Ok(again) => again,
            Err(error) => return PutBack::Failed(error.to_string()),
        };
        let written = Patient::new(self.runner.store, self.deadline).patch(&again.operations).await;
        let previous = previous.clone();
        let again = Delivered { plan: again, before: found, ..sent };
        let look = self.shown(&again, written.is_ok(), Step::ReadBack).await;
        tracing::info!(version = again.version(), ?written, "the previous content was sent again");
        let version = again.version();
        let (shows, found) = match look {
            Ok(look) => look,
            Err(error) => return PutBack::Unknown { version, source: error },
        };
        let standing = found.snapshot.as_ref();
        match (written, standing) {
            (_, _) if shows == Shows::Sent => PutBack::Done { version },
            (_, Some(other)) if *other == previous => PutBack::PreviousStands { version: other.manifest.version() },
            (_, Some(other)) => PutBack::Superseded { version: other.manifest.version() },
            (Ok(()), None) => PutBack::ReadsWrong { version },
            (Err(failure), None) if failure.may_be_done => PutBack::Unknown { version, source: failure.error },
            (Err(failure), None) => PutBack::Failed(failure.error.to_string()),
        }
    }
}
