//! The job's metrics for Prometheus, each with its unit in its name. What is not known has no sample; counters begin
//! with 0.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::format::{Format, to_text_format};
use crate::domain::reason::Reason;
use crate::domain::registry::registry;
use crate::domain::report::health::KnownSnapshot;
use crate::domain::report::stats::Stats;
use crate::domain::time::Timestamp;
use crate::sync::run::{Outcome, Report};

/// Seconds; a sync takes a few hundred milliseconds, and its deadline is a minute.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

const UNKNOWN: u64 = u64::MAX;

type Label = [(&'static str, &'static str); 1];
type Labelled = Family<Label, Counter>;
type Number = Gauge<f64, AtomicU64>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Outcome(Outcome),
    /// Another replica was syncing.
    StandingBy,
}

impl Ending {
    fn all() -> impl Iterator<Item = Self> {
        Outcome::ALL.into_iter().map(Self::Outcome).chain([Self::StandingBy])
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Outcome(outcome) => outcome.name(),
            Self::StandingBy => "standby",
        }
    }
}

registry! {
    /// Who says that Michael has changed.
    pub enum Notifier by name {
        Channel = "channel",
        Webhook = "webhook",
    }
}

/// From what a lookup is answered without the store.
const OFFLINE: [&str; 2] = ["embedded", "last_resort"];

pub struct Metrics {
    registry: Registry,
    runs: Labelled,
    duration: Histogram,
    lookups: Labelled,
    offline: Labelled,
    hints: Labelled,
    notifications: Labelled,
    writes: Counter,
    bytes: AtomicU64,
    max_bytes: AtomicU64,
    quarantined: AtomicU64,
    held: AtomicU64,
    signatures: AtomicU64,
}

/// What is true at the moment of a scrape.
pub struct Moment {
    pub standing: Option<KnownSnapshot>,
    pub last_success: Option<Timestamp>,
    /// Whether the channel is being listened to; `None` without a channel.
    pub listening: Option<bool>,
    pub now: Timestamp,
    /// What the machine's clock says, which may have been set since `now` was anchored.
    pub clock: Timestamp,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("atlas");
        let mut labelled = |name: &str, help: &str, label: &'static str, values: &[&'static str]| {
            let family = Labelled::default();
            for value in values {
                drop(family.get_or_create(&[(label, *value)]));
            }
            registry.register(name, help, family.clone());
            family
        };
        let endings: Vec<_> = Ending::all().map(Ending::name).collect();
        let runs = labelled("sync_runs", "Syncs by outcome", "outcome", &endings);
        let results: Vec<_> = std::iter::once("hit").chain(Reason::ALL.map(Reason::code)).collect();
        let help = "Lookups that Venice reported: hit, or the reason for the fallback";
        let lookups = labelled("lookups", help, "result", &results);
        let help = "Lookups that Venice reported as answered without the store, by what answered them";
        let offline = labelled("offline_lookups", help, "source", &OFFLINE);
        let reasons = Reason::ALL.into_iter().filter(|reason| reason.asks_for_refresh());
        let reasons: Vec<_> = reasons.map(Reason::code).collect();
        let hints = labelled("refresh_hints", "Refresh hints by reason", "reason", &reasons);
        let help = "Notifications that Michael has changed, by source";
        let notifications = labelled("notifications", help, "source", &Notifier::ALL.map(Notifier::name));
        let (duration, writes) = (Histogram::new(BUCKETS), Counter::default());
        registry.register_with_unit("sync_duration", "How long a sync took", Unit::Seconds, duration.clone());
        registry.register("store_writes", "Writes to the store, which Vercel meters", writes.clone());
        let build = Family::<Label, Gauge>::default();
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        registry.register("build_info", "The version of atlas-sync that runs", build);
        let unknown = || AtomicU64::new(UNKNOWN);
        Self {
            registry,
            runs,
            duration,
            lookups,
            offline,
            hints,
            notifications,
            writes,
            bytes: unknown(),
            max_bytes: unknown(),
            quarantined: unknown(),
            held: unknown(),
            signatures: unknown(),
        }
    }
}

impl Metrics {
    pub fn count_sync(&self, report: &Report, ending: Ending) {
        self.writes.inc_by(report.writes.into());
        self.runs.get_or_create(&[("outcome", ending.name())]).inc();
        self.duration.observe(seconds(report.duration_ms));
        self.max_bytes.store(report.max_bytes, Ordering::Relaxed);
        if report.error.is_none() && report.version.is_some() {
            self.bytes.store(report.bytes, Ordering::Relaxed);
            let quarantined = u64::try_from(report.quarantined.len()).unwrap_or(UNKNOWN);
            self.quarantined.store(quarantined, Ordering::Relaxed);
            self.held.store(report.hold.is_some().into(), Ordering::Relaxed);
            let signatures = u64::try_from(report.signed_by.len()).unwrap_or(UNKNOWN);
            self.signatures.store(signatures, Ordering::Relaxed);
        }
    }

    pub fn count_hint(&self, reason: Reason) {
        self.hints.get_or_create(&[("reason", reason.code())]).inc();
    }

    pub fn count_notification(&self, by: Notifier) {
        self.notifications.get_or_create(&[("source", by.name())]).inc();
    }

    pub fn count_lookups(&self, stats: &Stats) {
        let fallbacks = stats.fallbacks().map(|(reason, count)| (reason.code(), count));
        for (result, count) in std::iter::once(("hit", stats.hits())).chain(fallbacks) {
            self.lookups.get_or_create(&[("result", result)]).inc_by(count);
        }
        for (source, count) in OFFLINE.into_iter().zip([stats.embedded(), stats.last_resorts()]) {
            self.offline.get_or_create(&[("source", source)]).inc_by(count);
        }
    }

    pub fn text(&self, format: Format, moment: &Moment) -> String {
        let gauges = self.gauges(moment);
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = encode_registry(&mut text, &self.registry);
        let _ = encode_registry(&mut text, &gauges);
        match format {
            Format::OpenMetrics => _ = encode_eof(&mut text),
            Format::Text => text = to_text_format(&text),
        }
        text
    }

    fn gauges(&self, &Moment { standing, last_success, listening, now, clock }: &Moment) -> Registry {
        let mut registry = Registry::with_prefix("atlas");
        let mut add = |name, help, unit: Option<Unit>, value: Option<f64>| {
            let Some(value) = value else { return };
            let gauge = Number::default();
            gauge.set(value);
            match unit {
                Some(unit) => registry.register_with_unit(name, help, unit, gauge),
                None => registry.register(name, help, gauge),
            }
        };
        let since_epoch = |time: Timestamp| seconds(time.elapsed_since(Timestamp::EPOCH));
        let known =
            |number: &AtomicU64| Some(number.load(Ordering::Relaxed)).filter(|number| *number != UNKNOWN).map(float);
        let version = standing.map(|standing| float(standing.version));
        add("snapshot_version", "The version of the snapshot in the store", None, version);
        add("snapshot_size", "The size of the snapshot in canonical form", Some(Unit::Bytes), known(&self.bytes));
        let help = "The greatest size that a snapshot may have";
        add("snapshot_size_limit", help, Some(Unit::Bytes), known(&self.max_bytes));
        let help = "When a sync last confirmed the snapshot, since the Unix epoch";
        let checked_at = standing.map(|standing| since_epoch(standing.checked_at));
        add("snapshot_checked_timestamp", help, Some(Unit::Seconds), checked_at);
        let help = "Time since a sync last confirmed the snapshot";
        let age = standing.map(|standing| seconds(now.elapsed_since(standing.checked_at)));
        add("snapshot_age", help, Some(Unit::Seconds), age);
        let help = "When a sync last succeeded, even if it had nothing to write, since the Unix epoch";
        add("sync_last_success_timestamp", help, Some(Unit::Seconds), last_success.map(since_epoch));
        let help = "Records that the last successful sync left out because they cannot be published";
        add("quarantined_records", help, None, known(&self.quarantined));
        let help = "Whether the last successful sync left a restored snapshot as it is: 1, until atlas-sync release";
        add("snapshot_held", help, None, known(&self.held));
        let help = "Keys that signed the snapshot, as the last successful sync left it";
        add("snapshot_signatures", help, None, known(&self.signatures));
        let help = "Whether notifications of the database's channel arrive: 1, or 0 while there is no connection";
        add("listener_connected", help, None, listening.map(|listening| float(listening.into())));
        let help = "What the machine's clock says, right or wrong, since the Unix epoch";
        add("clock_timestamp", help, Some(Unit::Seconds), Some(since_epoch(clock)));
        registry
    }
}

fn seconds(ms: u64) -> f64 {
    float(ms) / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "a metric needs no more than a double's 53 bits")]
fn float(number: u64) -> f64 {
    number as f64
}
