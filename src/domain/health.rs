//! The health block: one shape for `/api/healthz` in Paris, for a reader and for the job.

use serde::{Serialize, Serializer};

use super::digest::Checksum;
use super::freshness::{Freshness, classify};
use super::reason::Reason;
use super::stats::Stats;
use super::time::Timestamp;
use super::verify::VerifiedManifest;

/// Under this hit rate a reader is degraded.
pub const DEGRADED_HIT_RATE: f64 = 0.9;

/// How Atlas is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// Serving.
    Ok,
    /// Serving, but a hit rate under 0.9, or the last sync failed.
    Degraded,
    /// No verified snapshot, or an expired one.
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
    /// The manifest's `checkedAt`.
    pub last_sync_at: Option<String>,
    /// Whole seconds since then.
    pub last_sync_age_seconds: Option<u64>,
    /// Hits by lookups, 0 to 1.
    pub hit_rate: Option<f64>,
    /// Lookups.
    pub lookups: u64,
    /// Fallbacks by reason.
    #[serde(serialize_with = "by_name")]
    pub fallbacks: Vec<(Reason, u64)>,
}

/// The health of a reader that holds this manifest and counted these lookups.
#[must_use]
pub fn health(manifest: Option<&VerifiedManifest>, stats: &Stats, now: Timestamp, max_age_ms: u64) -> Health {
    let serving =
        manifest.is_some_and(|m| matches!(classify(m.checked_at(), now, max_age_ms), Freshness::Fresh { .. }));
    let hit_rate = stats.hit_rate();
    let verdict = match (serving, hit_rate) {
        (false, _) => HealthStatus::Error,
        (true, Some(rate)) if rate < DEGRADED_HIT_RATE => HealthStatus::Degraded,
        (true, _) => HealthStatus::Ok,
    };
    Health {
        status: verdict,
        version: manifest.map(VerifiedManifest::version),
        checksum: manifest.map(VerifiedManifest::checksum),
        last_sync_at: manifest.map(|m| m.checked_at().to_string()),
        last_sync_age_seconds: manifest.map(|m| now.elapsed_since(m.checked_at()) / 1000),
        hit_rate,
        lookups: stats.lookups(),
        fallbacks: stats.fallbacks().collect(),
    }
}

/// As a map by name, which needs no map in memory.
fn by_name<S: Serializer>(fallbacks: &[(Reason, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fallbacks.iter().map(|(reason, count)| (reason.code(), count)))
}
