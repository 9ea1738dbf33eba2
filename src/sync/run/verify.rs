//! `atlas-sync verify`: all of a store, as a reader would see it at this moment.

use super::error::SyncError;
use super::retry::RetryingStore;
use crate::domain::decide::freshness::{DEFAULT_MAX_AGE_MS, Freshness, MAX_SKEW_MS, classify};
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::sync::plan::Stored;
use crate::sync::signature::Trust;
use crate::sync::store::{Item, StoreError};

/// Reads the store and verifies all of it. A whole snapshot that is too old or from the future is an error too.
/// With public keys, so is one that too few of them have signed.
pub async fn verify(store: &RetryingStore<'_>, now: Timestamp, trust: Option<&Trust>) -> Result<Stored, SyncError> {
    let stored = Stored::of(items(store).await?);
    let Some(snapshot) = &stored.snapshot else { return Err(SyncError::Unverified(stored.verdicts)) };
    let signed = |trust: &Trust| stored.signed().map_or(Ok(()), |manifest| trust.check(&manifest).map(drop));
    if let Some(message) = trust.and_then(|trust| signed(trust).err()) {
        return Err(SyncError::NotServed { reason: Reason::SignatureInvalid, message, verdicts: stored.verdicts });
    }
    let checked_at = snapshot.manifest().checked_at();
    let (reason, message) = match classify(checked_at, now, DEFAULT_MAX_AGE_MS) {
        Freshness::Fresh => return Ok(stored),
        Freshness::Expired { age_ms } => (Reason::Expired, too_old(checked_at, age_ms)),
        Freshness::Skewed { ahead_ms } => (Reason::ClockSkew, from_the_future(checked_at, ahead_ms)),
    };
    Err(SyncError::NotServed { reason, message, verdicts: stored.verdicts })
}

/// What a store holds. One whose state file is damaged was reached, and holds no snapshot.
pub async fn items(store: &RetryingStore<'_>) -> Result<Vec<Item>, SyncError> {
    store.items().await.map_err(|error| unverified(SyncError::Unread(error)))
}

/// The error of a command that needs a snapshot to be there.
pub(crate) fn unverified(error: SyncError) -> SyncError {
    match error {
        SyncError::Unread(error @ StoreError::Unreadable { .. }) => SyncError::Unreadable(error),
        error => error,
    }
}

fn too_old(checked_at: Timestamp, age_ms: u64) -> String {
    format!(
        "expected checkedAt at most {} h ago, found {checked_at}, {} s ago; run `atlas-sync sync`",
        DEFAULT_MAX_AGE_MS / 3_600_000,
        age_ms / 1000
    )
}

fn from_the_future(checked_at: Timestamp, ahead_ms: u64) -> String {
    format!(
        "expected checkedAt at most {} min in the future, found {checked_at}, {} s ahead of this machine's clock; set \
         the clock that is wrong, and run `atlas-sync sync`",
        MAX_SKEW_MS / 60_000,
        ahead_ms / 1000
    )
}
