//! The health block: one shape for `/api/healthz` in Paris, for a reader and for the job.

use serde::Serialize;

use super::stats::{Stats, by_name, some_if_any};
use crate::domain::decide::freshness::{Freshness, classify};
use crate::domain::format::checksum::Checksum;
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::domain::verify::VerifiedManifest;

/// The hit rate below which a reader is degraded.
pub const DEGRADED_HIT_RATE: f64 = 0.9;

/// The verdict of the health block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// Serving.
    Ok,
    /// Serving, but the hit rate is under 0.9, the last sync failed, or the store cannot be asked.
    Degraded,
    /// No verified snapshot, or one that is expired or from the future.
    Error,
}

/// The health block. What is not known is null, never 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// The snapshot's version.
    pub version: Option<u64>,
    /// The manifest's checksum.
    pub checksum: Option<Checksum>,
    /// The latest sync known to whoever answers: at least the snapshot's `checkedAt`.
    pub last_sync_at: Option<String>,
    /// Seconds since then, rounded down.
    pub last_sync_age_seconds: Option<u64>,
    /// The manifest's `checkedAt`.
    pub checked_at: Option<String>,
    /// Hits divided by lookups, 0 to 1.
    pub hit_rate: Option<f64>,
    /// Lookups.
    pub lookups: u64,
    /// Fallbacks by reason.
    #[serde(serialize_with = "by_name")]
    pub fallbacks: Vec<(Reason, u64)>,
    /// Of the hits, those from an embedded snapshot, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded: Option<u64>,
    /// Of the fallbacks, those that a last resort answered, if there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_resort: Option<u64>,
}

/// What the health block says about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownSnapshot {
    /// Its version.
    pub version: u64,
    /// The manifest's checksum.
    pub checksum: Checksum,
    /// When a sync last confirmed it.
    pub checked_at: Timestamp,
}

impl From<&VerifiedManifest> for KnownSnapshot {
    fn from(manifest: &VerifiedManifest) -> Self {
        Self { version: manifest.version(), checksum: manifest.checksum(), checked_at: manifest.checked_at() }
    }
}

/// The verdict on a snapshot that a sync last confirmed at `checked_at`, and on the hit rate, 0 to 1.
pub fn status(
    checked_at: Option<Timestamp>,
    hit_rate: Option<f64>,
    sync_failed: bool,
    now: Timestamp,
    max_age_ms: u64,
) -> HealthStatus {
    let fresh = |checked_at| matches!(classify(checked_at, now, max_age_ms), Freshness::Fresh);
    let poor = sync_failed || hit_rate.is_some_and(|rate| rate < DEGRADED_HIT_RATE);
    match (checked_at.is_some_and(fresh), poor) {
        (false, _) => HealthStatus::Error,
        (true, true) => HealthStatus::Degraded,
        (true, false) => HealthStatus::Ok,
    }
}

/// The health block for a verified snapshot and counters. `sync_failed` says whether the last sync failed; a reader, which
/// cannot know, passes `false`.
pub fn health(
    standing: Option<KnownSnapshot>,
    stats: &Stats,
    sync_failed: bool,
    now: Timestamp,
    max_age_ms: u64,
) -> Health {
    let hit_rate = stats.hit_rate();
    Health {
        status: status(standing.map(|standing| standing.checked_at), hit_rate, sync_failed, now, max_age_ms),
        version: standing.map(|standing| standing.version),
        checksum: standing.map(|standing| standing.checksum),
        last_sync_at: standing.map(|standing| standing.checked_at.to_string()),
        last_sync_age_seconds: standing.map(|standing| now.elapsed_since(standing.checked_at) / 1000),
        checked_at: standing.map(|standing| standing.checked_at.to_string()),
        hit_rate,
        lookups: stats.lookups(),
        fallbacks: stats.fallbacks().collect(),
        embedded: some_if_any(stats.embedded()),
        last_resort: some_if_any(stats.last_resorts()),
    }
}

impl Health {
    /// Adds a sync that succeeded at `succeeded_at`, even if it had nothing to write. A sync earlier than the one in the
    /// block changes nothing.
    #[must_use]
    pub fn with_sync_at(mut self, succeeded_at: Timestamp, now: Timestamp) -> Self {
        let known = self.last_sync_at.as_deref().and_then(Timestamp::parse);
        if known.is_none_or(|known| known < succeeded_at) {
            self.last_sync_at = Some(succeeded_at.to_string());
            self.last_sync_age_seconds = Some(now.elapsed_since(succeeded_at) / 1000);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000_000 + ms)
    }

    fn status(
        standing: Option<KnownSnapshot>,
        hits: u64,
        misses: u64,
        sync_failed: bool,
        now: Timestamp,
    ) -> HealthStatus {
        let stats = Stats::from_header(&format!("hits={hits}, timeout={misses}")).unwrap();
        health(standing, &stats, sync_failed, now, 1000).status
    }

    #[test]
    fn the_status_says_whether_atlas_serves_and_how_well() {
        let standing = Some(KnownSnapshot { version: 1, checksum: Checksum::of(b""), checked_at: at(0) });
        assert_eq!(status(standing, 0, 0, false, at(1000)), HealthStatus::Ok);
        assert_eq!(status(standing, 0, 0, false, at(1001)), HealthStatus::Error, "expired");
        assert_eq!(status(None, 9, 0, false, at(0)), HealthStatus::Error);
        assert_eq!(status(standing, 9, 1, false, at(0)), HealthStatus::Ok, "0.9 is good");
        assert_eq!(status(standing, 89, 11, false, at(0)), HealthStatus::Degraded);
        assert_eq!(status(standing, 9, 0, true, at(0)), HealthStatus::Degraded);
    }

    #[test]
    fn what_is_not_known_is_null() {
        let json = serde_json::to_string(&health(None, &Stats::default(), false, at(0), 1)).unwrap();
        assert_eq!(
            json,
            r#"{"status":"error","version":null,"checksum":null,"lastSyncAt":null,"lastSyncAgeSeconds":null,"checkedAt":null,"hitRate":null,"lookups":0,"fallbacks":{}}"#
        );
    }

    #[test]
    fn a_sync_that_wrote_nothing_is_the_last_sync_and_leaves_checked_at() {
        let standing = KnownSnapshot { version: 1, checksum: Checksum::of(b""), checked_at: at(0) };
        let block = |now| health(Some(standing), &Stats::default(), false, now, 100_000);
        let later = block(at(9_000)).with_sync_at(at(5_000), at(9_000));
        assert_eq!(later.last_sync_at, Some(at(5_000).to_string()));
        assert_eq!(later.last_sync_age_seconds, Some(4));
        assert_eq!(later.checked_at, Some(at(0).to_string()));
        assert_eq!(
            block(at(9_000)).with_sync_at(at(-1), at(9_000)),
            block(at(9_000)),
            "an earlier one changes nothing"
        );
        assert_eq!(block(at(9_000)).with_sync_at(at(0), at(9_000)), block(at(9_000)));
        let none = health(None, &Stats::default(), false, at(0), 1).with_sync_at(at(-2_000), at(0));
        assert_eq!((none.last_sync_age_seconds, none.checked_at), (Some(2), None));
    }
}
