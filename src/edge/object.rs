//! The objects that JavaScript sees beside decisions. `host.js` of the package makes them: a serializer costs 5 KB gzip,
//! and setting one member after the other from here 1 KB.

use wasm_bindgen::JsValue;

use super::numbers::to_f64;
use super::sys::Host;
use crate::domain::reason::{Level, Reason};
use crate::domain::report::health::{Health, HealthStatus};
use crate::domain::report::log::LogEvent;
use crate::domain::verify::{EntryVerdict, Status, VerifiedManifest};

/// Adds a log event to a list.
pub fn event(host: &Host, events: &JsValue, event: &LogEvent) {
    let level = match event.level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let (version, suppressed) = (event.version.map(to_f64), to_f64(event.suppressed));
    host.event(events, event.event, level, event.reason, event.key, version, suppressed, event.message.as_deref());
}

/// What the health block says about the snapshot. JavaScript adds its counters.
pub fn health(host: &Host, health: &Health) -> JsValue {
    let status = match health.status {
        HealthStatus::Ok => "ok",
        HealthStatus::Degraded => "degraded",
        HealthStatus::Error => "error",
    };
    host.health(
        status,
        health.version.map(to_f64),
        health.checksum.map(|checksum| checksum.to_string()),
        health.last_sync_at.as_deref(),
        health.last_sync_age_seconds.map(to_f64),
        health.checked_at.as_deref(),
    )
}

/// The verdict on a whole store; `list` is empty, and becomes the list of entries.
pub fn verdict(host: &Host, list: &JsValue, manifest: Option<&VerifiedManifest>, found: &[EntryVerdict]) -> JsValue {
    for verdict in found {
        entry(host, list, verdict);
    }
    host.verdict(
        manifest.map(|manifest| to_f64(manifest.version())),
        manifest.map(|manifest| manifest.updated_at().to_string()),
        manifest.map(|manifest| manifest.checked_at().to_string()),
        manifest.map(|manifest| manifest.checksum().to_string()),
        list,
    )
}

fn entry(host: &Host, list: &JsValue, entry: &EntryVerdict) {
    let status = match entry.status {
        Status::Verified => "verified",
        Status::Failed => "failed",
    };
    host.entry(
        list,
        entry.key,
        status,
        entry.reason.map(Reason::code),
        entry.message.as_deref(),
        entry.expected.as_deref(),
        entry.computed.map(|checksum| checksum.to_string()),
        entry.version.map(to_f64),
        entry.records.map(to_f64),
        entry.bytes.map(to_f64),
    );
}
