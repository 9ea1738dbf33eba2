//! What a fixture says, and the list of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// More reads than any lookup needs of a store that stands still.
pub const MOST_READS: usize = 4;

/// A store, a lookup, and what should come of it.
#[derive(Deserialize)]
pub struct Fixture {
    pub now: String,
    pub lookup: Asked,
    pub expect: Expected,
    #[cfg_attr(target_arch = "wasm32", expect(dead_code, reason = "in Wasm the values come from JSON.parse"))]
    pub items: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Asked {
    pub widget_type: Option<String>,
    pub template_id: Option<String>,
    pub schema_version: Option<String>,
    pub plan: Option<String>,
}

#[derive(Deserialize)]
pub struct Expected {
    /// `hit`, or the reason for the fallback.
    pub decision: String,
    /// The hit's warning.
    pub warning: Option<String>,
    /// `verified`, or the reason why not, by the last part of the key's name.
    pub entries: BTreeMap<String, String>,
}

impl Fixture {
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap()
    }
}

/// What came of a fixture, in the words of its `expect`.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub decision: String,
    pub warning: Option<String>,
    pub entries: BTreeMap<String, String>,
}

impl From<Expected> for Outcome {
    fn from(expected: Expected) -> Self {
        let Expected { decision, warning, entries } = expected;
        Self { decision, warning, entries }
    }
}

/// Names and texts of all fixtures.
macro_rules! fixtures {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../fixtures/snapshots/", $name, ".json")))),*]
    };
}

pub const FIXTURES: &[(&str, &str)] = fixtures![
    "almost-expired"
    "checksum-changed"
    "checksum-uppercase"
    "clock-ahead"
    "clock-slightly-ahead"
    "empty-store"
    "entry-at-another-key"
    "entry-of-another-snapshot"
    "expired"
    "format-2"
    "hints-corrupt"
    "hints-missing"
    "inherited-name"
    "manifest-changed"
    "manifest-changed-and-schemas-missing"
    "manifest-missing"
    "members-in-another-order"
    "no-format"
    "no-schema-version"
    "no-such-template"
    "no-such-widget-type"
    "no-widget-type"
    "not-an-object"
    "odd-names-and-numbers"
    "payload-changed"
    "plan-unknown"
    "records-miscounted"
    "schemas-missing"
    "sealed-over-another-order"
    "signature-not-covered"
    "template-of-another-type"
    "template-of-another-version"
    "template-without-premium"
    "templates-missing-unneeded"
    "unknown-members"
    "unknown-schema-version"
    "version-zero"
    "whole"
];
