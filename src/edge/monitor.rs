//! What Paris adds up of Venice's headers: the counters of the last hour, and the hints. Not for the edge.

use std::cell::RefCell;

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::numbers::{time, whole};
use crate::domain::digest::Checksum;
use crate::domain::error::HeaderError;
use crate::domain::freshness::DEFAULT_MAX_AGE_MS;
use crate::domain::health::{Standing, health};
use crate::domain::hint::{self, RefreshHint};
use crate::domain::monitor::Monitor;
use crate::domain::stats::{self, Stats};
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

    /// Takes the two headers of one request: what they say, and what was refused. A header that was refused counts for
    /// nothing.
    ///
    /// # Errors
    ///
    /// None; the signature is that of the serializer.
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

    /// The health block of the last hour. `version`, `checksum` and `last_sync_at` are those of the snapshot that Paris
    /// knows; without all three, it knows none.
    ///
    /// # Errors
    ///
    /// As [`Self::observe`].
    pub fn health(
        &self,
        version: Option<f64>,
        checksum: Option<String>,
        last_sync_at: Option<String>,
        max_age_ms: Option<f64>,
        now: f64,
    ) -> Result<JsValue, JsValue> {
        let standing = version.zip(checksum).zip(last_sync_at).and_then(|((version, checksum), at)| {
            let (checksum, checked_at) = (Checksum::parse(&checksum)?, Timestamp::parse(&at)?);
            Some(Standing { version: whole(version), checksum, checked_at })
        });
        let now = time(now);
        let max_age_ms = max_age_ms.map_or(DEFAULT_MAX_AGE_MS, whole);
        to_js(&health(standing, &self.monitor.borrow().last_hour(now), false, now, max_age_ms))
    }
}

/// A header that is not what it should be.
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

/// A value as JavaScript sees it.
fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}
