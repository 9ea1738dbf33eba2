//! After a write: what stands is read through the store's own API and verified. If it is not what was sent, the
//! previous content is published again, under a new version, since versions only go up.

use super::current::{Current, markers};
use super::cycle::{Run, read_store};
use super::deliver::{Delivered, GRACE};
use super::error::{PutBack, SyncError};
use super::publish::{Heartbeat, Plan, Policy, plan};
use super::retry::{Patient, WriteFailure};
use super::steps::Step;
use super::store::StoreError;

/// What was found after a write.
pub(super) enum ReadBack {
    /// What was sent, or another writer's whole snapshot after it.
    Stands,
    /// What was sent; but the store has a trace of a higher version, which it was written over. Cannot happen while
    /// the store refuses to delete what is not there; if it does, the next version must go above the trace.
    Overtook,
}

impl Run<'_> {
    /// Reads what was written.
    ///
    /// # Errors
    ///
    /// [`SyncError::ReadBack`] after the previous content was put back, or [`SyncError::NotReadBack`].
    pub(super) async fn read_back(&mut self, sent: &Delivered) -> Result<ReadBack, SyncError> {
        self.watch.begin(Step::ReadBack);
        let version = sent.plan.snapshot.manifest.version();
        let store = Patient::new(self.runner.store, self.deadline.with_at_least(GRACE));
        let items = store.items().await.map_err(|source| SyncError::NotReadBack { version, source })?;
        if sent.is(&items) {
            let overtook = markers(&items).into_iter().any(|marked| marked > version);
            tracing::info!(ms = self.watch.end(), version, checksum = %sent.plan.snapshot.manifest.checksum(), "read back and verified");
            return Ok(if overtook { ReadBack::Overtook } else { ReadBack::Stands });
        }
        let found = Current::of(items);
        let ms = self.watch.end();
        if sent.stands_in(&found) {
            tracing::info!(ms, version, checksum = %sent.plan.snapshot.manifest.checksum(), "read back and verified");
            return Ok(if found.highest_version > version { ReadBack::Overtook } else { ReadBack::Stands });
        }
        if let Some(other) = anothers(&found, sent) {
            tracing::info!(ms, version, stands = other, "another writer has published since");
            return Ok(ReadBack::Stands);
        }
        tracing::error!(ms, version, "what was read back is not what was written");
        let put_back = self.put_back(sent, &store).await;
        Err(SyncError::ReadBack { version, verdicts: found.verdicts, put_back })
    }

    async fn put_back(&mut self, sent: &Delivered, store: &Patient<'_>) -> PutBack {
        if sent.before.snapshot.is_none() {
            return PutBack::NothingBefore;
        }
        self.watch.begin(Step::PutBack);
        // Nothing of what stands is trusted, so all of it is written again. The marker of what was sent must still be
        // there: if it is not, another writer has been.
        let distrusted = Current::distrusted(sent.plan.snapshot.manifest.version());
        let policy = Policy { heartbeat: Heartbeat { after_ms: 0 }, min_version: 0 };
        let again = match plan(&sent.before.payloads, &distrusted, (self.runner.clock)(), policy) {
            Ok(again) => again,
            Err(error) => return PutBack::Failed(StoreError::refused("plan", error.to_string())),
        };
        let written = store.patch(&again.operations).await;
        let found = read_store(store).await.ok();
        tracing::info!(
            ms = self.watch.end(),
            version = again.snapshot.manifest.version(),
            "the previous content was put back"
        );
        settled(written, &again, found.as_ref())
    }
}

/// How putting back ended, by what was answered and by what was found after it.
fn settled(written: Result<(), WriteFailure>, again: &Plan, found: Option<&Current>) -> PutBack {
    let version = again.snapshot.manifest.version();
    let standing = found.and_then(|found| found.snapshot.as_ref());
    let verified = standing == Some(&again.snapshot);
    match (written, standing) {
        (_, _) if verified => PutBack::Done { version, verified },
        (_, Some(other)) if other.manifest.version() >= version => {
            PutBack::Superseded { version: other.manifest.version() }
        }
        (Ok(()), _) => PutBack::Done { version, verified },
        (Err(failure), _) => PutBack::Failed(failure.error),
    }
}

/// The version of a whole snapshot that another writer has put in place of what was sent: a newer one, or a renewed
/// `checkedAt` of the same.
fn anothers(found: &Current, sent: &Delivered) -> Option<u64> {
    let (manifest, ours) = (&found.snapshot.as_ref()?.manifest, &sent.plan.snapshot.manifest);
    let newer = manifest.version() > ours.version();
    let renewed = manifest.version() == ours.version()
        && found.snapshot.as_ref() != sent.before.snapshot.as_ref()
        && manifest.entries().eq(ours.entries());
    (newer || renewed).then(|| manifest.version())
}
