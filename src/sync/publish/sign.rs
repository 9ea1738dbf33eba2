//! Signing what is published, and what a job with keys may build on. It must never sign content, a hold or a version only
//! because these stand in the store: whoever holds the write token could have put them there.

use crate::sync::plan::{IF_FORGED, Plan, Stored};
use crate::sync::run::{Run, RunOptions, RunStep, SyncError};

/// How far a version may be above the last one that is trusted. A manifest with a forged, very high version would otherwise
/// use up all versions with its signed successor.
const MOST_SKIPPED: u64 = 1_000_000;

impl Run<'_> {
    /// Whether the job may build on what a look showed.
    pub(crate) fn trusts(&self, stored: &Stored) -> Result<(), String> {
        match stored.version() {
            Some(_) => self.runner.signing.trusts(stored.signed().as_ref()),
            None => Ok(()),
        }
    }

    /// What a look showed, as far as the job may build on it.
    pub(crate) fn as_trusted(&self, stored: Stored) -> Stored {
        let is_foreign = self.trusts(&stored).is_err() || self.was_put_back(&stored);
        if is_foreign { stored.as_foreign() } else { stored }
    }

    /// Whether what stands is an earlier snapshot than one that a job with keys has seen: its signature is genuine, whoever
    /// has put it back.
    fn was_put_back(&self, stored: &Stored) -> bool {
        let seen = self.runner.options.seen_version;
        self.runner.signing.is_on() && stored.version().is_some_and(|version| version < seen)
    }

    /// What is odd about the signatures of what stands.
    pub(crate) fn signature_warning(&self, stored: &Stored) -> Option<String> {
        let version = stored.version()?;
        if let Err(message) = self.trusts(stored) {
            return Some(format!(
                "version {version} stands and is not signed by a key of this job: a hold in it is ignored, and the manifest \
                 is signed anew; {message}"
            ));
        }
        if self.was_put_back(stored) {
            let seen = self.runner.options.seen_version;
            return Some(format!(
                "version {version} stands, which was put back in place of version {seen}: a hold in it is ignored"
            ));
        }
        let signatures = stored.signatures();
        (!self.runner.signing.is_on() && !signatures.is_empty()).then(|| {
            format!(
                "version {version} carries signatures of {}, and this job has no signing key: a reader with public keys \
                 refuses what it writes; set ATLAS_SIGNING_KEY",
                signatures.listed()
            )
        })
    }

    /// The plan, signed and verified, if there is anything to sign and a key.
    pub(crate) async fn signed(&mut self, plan: Plan) -> Result<Plan, SyncError> {
        let signing = self.runner.signing;
        if self.runner.options.dry || !signing.is_on() {
            return Ok(plan);
        }
        let Some(manifest) = plan.to_sign() else { return Ok(plan) };
        self.watch.begin(RunStep::Sign);
        let signatures = signing.sign(manifest.bytes(), self.deadline.left()).await;
        let signatures = signatures.map_err(|error| SyncError::Signing(error.to_string()))?;
        tracing::info!(ms = self.watch.end(), signed_by = signatures.ids().join(","), "the manifest was signed");
        Ok(plan.signed(manifest, signatures)?)
    }

    /// Whether a job with keys may follow the versions that the store has traces of.
    pub(crate) fn follows(&self, before: &Stored) -> Result<(), SyncError> {
        let trusted = before.version().filter(|_| self.trusts(before).is_ok()).unwrap_or(0);
        // A job with keys has seen no other versions than those that they have signed.
        let RunOptions { min_version, seen_version, .. } = *self.runner.options;
        let known = trusted.max(min_version).max(seen_version);
        let found = before.highest_version;
        if !self.runner.signing.is_on() || found < known.saturating_add(MOST_SKIPPED) {
            return Ok(());
        }
        Err(SyncError::Untrusted(format!(
            "expected a version close to {known}, the highest that is trusted, found traces of version {found} in the store, \
             {IF_FORGED}"
        )))
    }
}
