//! The job's metrics for Prometheus, each with its unit in its name.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::domain::health::Standing;
use crate::domain::reason::Reason;
use crate::domain::stats::Stats;
use crate::domain::time::Timestamp;
use crate::sync::report::{Outcome, Report};

/// Seconds; a sync takes a few hundred milliseconds, and its deadline is a minute.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

type Labelled<L> = Family<L, Counter>;
type Number = Gauge<f64, AtomicU64>;

/// All metrics, and the registry that writes them.
pub struct Metrics {
    registry: Registry,
    runs: Labelled<OutcomeLabel>,
    duration: Histogram,
    lookups: Labelled<ResultLabel>,
    hints: Labelled<ReasonLabel>,
    version: Number,
    bytes: Number,
    max_bytes: Number,
    checked_at: Number,
    age: Number,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ReasonLabel {
    reason: Code,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq)]
struct Code(Reason);

impl EncodeLabelValue for Code {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.code().encode(encoder)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("atlas");
        let metrics = Self {
            runs: Family::default(),
            duration: Histogram::new(BUCKETS),
            lookups: Family::default(),
            hints: Family::default(),
            version: Number::default(),
            bytes: Number::default(),
            max_bytes: Number::default(),
            checked_at: Number::default(),
            age: Number::default(),
            registry: Registry::default(),
        };
        registry.register("sync_runs", "Syncs by how they ended", metrics.runs.clone());
        let help = "How long a sync took";
        registry.register_with_unit("sync_duration", help, Unit::Seconds, metrics.duration.clone());
        let help = "Lookups that Venice reported: hit, or the reason for the fallback";
        registry.register("lookups", help, metrics.lookups.clone());
        registry.register("refresh_hints", "Refresh hints by reason", metrics.hints.clone());
        registry.register("snapshot_version", "The version that stands in the store", metrics.version.clone());
        let help = "The size of the snapshot in canonical form";
        registry.register_with_unit("snapshot_size", help, Unit::Bytes, metrics.bytes.clone());
        let help = "The greatest size that a snapshot may have";
        registry.register_with_unit("snapshot_size_limit", help, Unit::Bytes, metrics.max_bytes.clone());
        let help = "When a sync last confirmed the snapshot, since the Unix epoch";
        registry.register_with_unit("snapshot_checked_timestamp", help, Unit::Seconds, metrics.checked_at.clone());
        let help = "How long ago a sync last confirmed the snapshot";
        registry.register_with_unit("snapshot_age", help, Unit::Seconds, metrics.age.clone());
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Notes a sync.
    pub fn ran(&self, report: &Report, standing: Option<Standing>) {
        self.runs.get_or_create(&OutcomeLabel { outcome: name(report.outcome) }).inc();
        self.duration.observe(seconds(report.duration_ms));
        if report.bytes > 0 {
            self.bytes.set(float(report.bytes));
        }
        self.max_bytes.set(float(report.max_bytes));
        if let Some(standing) = standing {
            self.version.set(float(standing.version));
            self.checked_at.set(seconds(standing.checked_at.elapsed_since(Timestamp::EPOCH)));
        }
    }

    /// Notes a refresh hint.
    pub fn hinted(&self, reason: Reason) {
        self.hints.get_or_create(&ReasonLabel { reason: Code(reason) }).inc();
    }

    /// Notes what a reader has counted.
    pub fn observed(&self, stats: &Stats) {
        let fallbacks = stats.fallbacks().map(|(reason, count)| (reason.code(), count));
        for (result, count) in std::iter::once(("hit", stats.hits())).chain(fallbacks) {
            self.lookups.get_or_create(&ResultLabel { result }).inc_by(count);
        }
    }

    /// The metrics as text.
    pub fn text(&self, now: Timestamp) -> String {
        let checked_at = self.checked_at.get();
        if checked_at > 0.0 {
            self.age.set(seconds(now.elapsed_since(Timestamp::EPOCH)) - checked_at);
        }
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

const fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Published => "published",
        Outcome::Unchanged => "unchanged",
        Outcome::Heartbeat => "heartbeat",
        Outcome::Held => "held",
        Outcome::Planned => "planned",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    }
}

fn seconds(ms: u64) -> f64 {
    float(ms) / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a metric needs no more than a double's 53 bits")]
fn float(number: u64) -> f64 {
    number as f64
}
