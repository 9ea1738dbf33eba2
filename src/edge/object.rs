//! The objects that JavaScript sees beside decisions. `host.js` of the package makes them: a serializer costs 5 KB gzip,
//! and setting one member after the other from here 1 KB.

use super::numbers::{millis, to_f64};
use super::sys::Host;
use crate::domain::reason::Level;
use crate::domain::report::health::HealthStatus;
use crate::domain::report::log::LogEvent;
use crate::domain::verify::VerifiedManifest;

/// Hands a log event over.
pub fn event(host: &Host, event: &LogEvent) {
    let level = match event.level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let (version, suppressed) = (event.version.map(to_f64), to_f64(event.suppressed));
    host.event(event.event, level, event.reason, event.key, version, suppressed, event.message.as_deref());
}

/// What the health block says about the snapshot. JavaScript adds its counters.
pub fn health(host: &Host, status: HealthStatus, manifest: Option<&VerifiedManifest>, now: f64) {
    let status = match status {
        HealthStatus::Ok => "ok",
        HealthStatus::Degraded => "degraded",
        HealthStatus::Error => "error",
    };
    host.health(
        status,
        manifest.map(|manifest| to_f64(manifest.version())),
        manifest.map(|manifest| manifest.checksum().text()),
        manifest.map(|manifest| millis(manifest.checked_at())),
        now,
    );
}
