//! `AtlasMonitor`: Paris sums the counters and hints in Venice's headers. It is not part of the edge entry.

use std::cell::RefCell;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::numbers::{time, whole};
use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;
use crate::domain::format::checksum::Checksum;
use crate::domain::headers::error::HeaderError;
use crate::domain::headers::hint::{self, RefreshHint};
use crate::domain::report::health::{KnownSnapshot, health};
use crate::domain::report::monitor::Monitor;
use crate::domain::report::stats::{self, Stats};
use crate::domain::time::Timestamp;

/// The monitor behind `AtlasMonitor`.
#[derive(Default)]
#[wasm_bindgen(js_name = Monitor)]
pub struct EdgeMonitor {
    monitor: RefCell<Monitor>,
}

#[wasm_bindgen(js_class = Monitor)]
impl EdgeMonitor {
    /// A monitor that has seen nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the two headers of one request, and returns what they say and what was refused.
    ///
    /// # Errors
    ///
    /// Never: all counts fit into a double. The signature is that of the serializer.
    pub fn observe(&self, stats: Option<String>, hint: Option<String>, now: f64) -> Result<JsValue, JsValue> {
        #[derive(Serialize)]
        struct Observed {
            stats: Option<Stats>,
            hint: Option<RefreshHint>,
            refused: Vec<Refused>,
        }
        let mut refused = Vec::new();
        let stats = read(stats::HEADER, stats, Stats::from_header, &mut refused);
        let hint = read(hint::HEADER, hint, RefreshHint::from_header, &mut refused);
        if let Some(stats) = &stats {
            self.monitor.borrow_mut().add(stats, time(now));
        }
        to_js(&Observed { stats, hint, refused })
    }

    /// The health block of the last hour. `version`, `checksum` and the times describe the snapshot that Paris knows; it
    /// knows one only with the first two and one of the times. Without `checked_at` a snapshot expires by
    /// `last_sync_at`.
    ///
    /// # Errors
    ///
    /// As [`Self::observe`].
    pub fn health(
        &self,
        version: Option<f64>,
        checksum: Option<String>,
        checked_at: Option<String>,
        last_sync_at: Option<String>,
        max_age_ms: Option<f64>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let read = |text: Option<String>| text.as_deref().and_then(Timestamp::parse);
        let (checked_at, last_sync_at) = (read(checked_at), read(last_sync_at));
        let checksum = checksum.and_then(|checksum| Checksum::parse(&checksum));
        let known = version.map(whole).zip(checksum).zip(checked_at.or(last_sync_at));
        let standing = known.map(|((version, checksum), checked_at)| KnownSnapshot { version, checksum, checked_at });
        let now = time(now);
        let max_age_ms = max_age_ms.map_or(DEFAULT_MAX_AGE_MS, whole);
        let mut block = health(standing, &self.monitor.borrow().last_hour(now), false, now, max_age_ms);
        if let (Some(_), Some(last_sync_at)) = (standing, last_sync_at) {
            block = block.with_sync_at(last_sync_at, now);
        }
        if checked_at.is_none() {
            block.checked_at = None;
        }
        to_js(&block)
    }
}

/// A header that was refused.
#[derive(Serialize)]
struct Refused {
    header: &'static str,
    message: String,
}

fn read<T>(
    header: &'static str,
    value: Option<String>,
    parse: fn(&str) -> Result<T, HeaderError>,
    refused: &mut Vec<Refused>,
) -> Option<T> {
    match parse(&value?) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            refused.push(Refused { header, message: error.to_string() });
            None
        }
    }
}

/// A value as a JavaScript object.
fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}
