//! What the entries hold: the records as they are published. (Whether a payload has their shape is `shape.rs`.)

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::canonical::Part;

/// A template as it is published.
#[derive(Debug, Clone, PartialEq)]
pub struct Template<'a> {
    /// The widget type, such as `content.faq`.
    pub widget_type: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// `LIST`, `GRID`, …; null if it has none.
    pub layout: Option<&'a str>,
    /// `MINIMAL`, `SOFT`, …; null if it has none.
    pub skin: Option<&'a str>,
    /// `COZY` or `COMPACT`; null if it has none.
    pub density: Option<&'a str>,
    /// Accent names; empty where the row has null.
    pub accents: Vec<&'a str>,
    /// Whether it is for paying plans.
    pub premium: bool,
    /// The schema version that its defaults follow.
    pub schema_version: &'a str,
    /// The config that a new instance begins with; empty where the row has null.
    pub defaults: Option<&'a Map<String, Value>>,
    /// How the template presents itself.
    pub descriptor: &'a Map<String, Value>,
}

impl Template<'_> {
    /// The record.
    #[must_use]
    pub fn part(&self) -> Part<'_> {
        Part::Object(vec![
            ("accents", Part::Array(self.accents.iter().map(|accent| Part::Text(accent)).collect())),
            ("defaults", self.defaults.map_or(Part::Object(Vec::new()), Part::Map)),
            ("density", self.density.into()),
            ("descriptor", Part::Map(self.descriptor)),
            ("layout", self.layout.into()),
            ("name", self.name.into()),
            ("premium", Part::Bool(self.premium)),
            ("schemaVersion", self.schema_version.into()),
            ("skin", self.skin.into()),
            ("widgetType", self.widget_type.into()),
        ])
    }
}

/// A schema version as it is published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SchemaVersion<'a> {
    /// The JSON Schema.
    pub schema: &'a Map<String, Value>,
}

impl SchemaVersion<'_> {
    /// The record.
    #[must_use]
    pub fn part(&self) -> Part<'_> {
        Part::Object(vec![("schema", Part::Map(self.schema))])
    }
}

/// A plan as it is published: hints, never an authority.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan<'a> {
    /// Whether the backlink must show: true unless the plan's `brandingRemovable` is.
    pub branding_enforced: bool,
    /// Features by `camelCase` name.
    pub features: BTreeMap<String, bool>,
    /// Limits by `camelCase` name.
    pub limits: BTreeMap<String, Limit<'a>>,
}

impl Plan<'_> {
    /// The record.
    #[must_use]
    pub fn part(&self) -> Part<'_> {
        let features = self.features.iter().map(|(name, enabled)| (name.as_str(), Part::Bool(*enabled)));
        let limits = self.limits.iter().map(|(name, limit)| (name.as_str(), limit.part()));
        Part::Object(vec![
            ("branding", Part::Object(vec![("enforced", Part::Bool(self.branding_enforced))])),
            ("features", Part::Object(features.collect())),
            ("limits", Part::Object(limits.collect())),
        ])
    }
}

/// A limit of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit<'a> {
    /// How many; null is no limit.
    pub limit: Option<i64>,
    /// `soft` or `hard`.
    pub enforcement: Option<&'a str>,
    /// How many more a soft limit lets through.
    pub grace: Option<i64>,
}

impl Limit<'_> {
    fn part(&self) -> Part<'_> {
        let (limit, grace) = (self.limit.into(), self.grace.into());
        Part::Object(vec![("enforcement", self.enforcement.into()), ("grace", grace), ("limit", limit)])
    }
}
