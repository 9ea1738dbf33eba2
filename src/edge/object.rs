//! Objects for JavaScript, member by member. A serializer would do it too: `serde-wasm-bindgen`, which the monitor uses,
//! costs 5 KB with gzip, and the edge makes four kinds of objects.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use super::numbers::to_f64;
use crate::domain::reason::{Level, Reason};
use crate::domain::report::health::{Health, HealthStatus};
use crate::domain::report::log::LogEvent;
use crate::domain::verify::{EntryVerdict, Status, VerifiedManifest};

/// An object in the making.
#[derive(Default)]
struct Members(Object);

impl Members {
    fn value(self, name: &str, value: &JsValue) -> Self {
        // Setting a member of an object that was made here cannot fail.
        let _ = Reflect::set(&self.0, &JsValue::from_str(name), value);
        self
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.value(name, &JsValue::from_str(text))
    }

    fn count(self, name: &str, count: u64) -> Self {
        self.value(name, &JsValue::from_f64(to_f64(count)))
    }

    /// What is not there is left out.
    fn some_text(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    fn some_count(self, name: &str, count: Option<u64>) -> Self {
        match count {
            Some(count) => self.count(name, count),
            None => self,
        }
    }

    /// What is not there is null.
    fn text_or_null(self, name: &str, text: Option<&str>) -> Self {
        let value = text.map_or(JsValue::NULL, JsValue::from_str);
        self.value(name, &value)
    }

    fn number_or_null(self, name: &str, number: Option<f64>) -> Self {
        let value = number.map_or(JsValue::NULL, JsValue::from_f64);
        self.value(name, &value)
    }

    fn done(self) -> JsValue {
        self.0.into()
    }
}

/// A log event.
pub fn event(event: &LogEvent) -> JsValue {
    let level = match event.level {
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    Members::default()
        .text("event", event.event)
        .text("level", level)
        .some_text("reason", event.reason)
        .some_text("key", event.key)
        .some_count("version", event.version)
        .count("suppressed", event.suppressed)
        .some_text("message", event.message.as_deref())
        .done()
}

/// The health block.
pub fn health(health: &Health) -> JsValue {
    let status = match health.status {
        HealthStatus::Ok => "ok",
        HealthStatus::Degraded => "degraded",
        HealthStatus::Error => "error",
    };
    Members::default()
        .text("status", status)
        .number_or_null("version", health.version.map(to_f64))
        .text_or_null("checksum", health.checksum.map(|checksum| checksum.to_string()).as_deref())
        .text_or_null("lastSyncAt", health.last_sync_at.as_deref())
        .number_or_null("lastSyncAgeSeconds", health.last_sync_age_seconds.map(to_f64))
        .text_or_null("checkedAt", health.checked_at.as_deref())
        .number_or_null("hitRate", health.hit_rate)
        .count("lookups", health.lookups)
        .value("fallbacks", &fallbacks(health.fallbacks.iter().copied()))
        .done()
}

/// The verdict on a whole store.
pub fn verdict(manifest: Option<&VerifiedManifest>, entries: &[EntryVerdict]) -> JsValue {
    let times = manifest.map(|manifest| (manifest.updated_at().to_string(), manifest.checked_at().to_string()));
    Members::default()
        .value("verified", &JsValue::from_bool(manifest.is_some()))
        .number_or_null("version", manifest.map(|manifest| to_f64(manifest.version())))
        .text_or_null("updatedAt", times.as_ref().map(|(updated_at, _)| updated_at.as_str()))
        .text_or_null("checkedAt", times.as_ref().map(|(_, checked_at)| checked_at.as_str()))
        .text_or_null("checksum", manifest.map(|manifest| manifest.checksum().to_string()).as_deref())
        .value("entries", &entries.iter().map(entry).collect::<Array>())
        .done()
}

fn entry(entry: &EntryVerdict) -> JsValue {
    let status = match entry.status {
        Status::Verified => "verified",
        Status::Failed => "failed",
    };
    Members::default()
        .text("key", entry.key)
        .text("status", status)
        .some_text("reason", entry.reason.map(Reason::code))
        .some_text("message", entry.message.as_deref())
        .some_text("expected", entry.expected.as_deref())
        .some_text("computed", entry.computed.map(|checksum| checksum.to_string()).as_deref())
        .some_count("version", entry.version)
        .some_count("records", entry.records)
        .some_count("bytes", entry.bytes)
        .done()
}

fn fallbacks(counts: impl Iterator<Item = (Reason, u64)>) -> JsValue {
    counts.fold(Members::default(), |members, (reason, count)| members.count(reason.code(), count)).done()
}
