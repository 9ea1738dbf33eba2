//! The records of a snapshot, as they are published. `domain/verify/shape.rs` checks that a payload has their shape.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// A template.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template<'a> {
    /// The widget type, such as `content.faq`.
    pub widget_type: &'a str,
    /// The display name.
    pub name: &'a str,
    /// `LIST`, `GRID`, …, if the template has one.
    pub layout: Option<&'a str>,
    /// `MINIMAL`, `SOFT`, …, if the template has one.
    pub skin: Option<&'a str>,
    /// `COZY` or `COMPACT`, if the template has one.
    pub density: Option<&'a str>,
    /// Accent names; empty where the row has null.
    pub accents: Vec<&'a str>,
    /// Whether only paying plans may use it.
    pub premium: bool,
    /// The schema version that its defaults follow.
    pub schema_version: &'a str,
    /// The config of a new instance; empty where the row has null.
    pub defaults: Cow<'a, Map<String, Value>>,
    /// How the template presents itself.
    pub descriptor: &'a Map<String, Value>,
}

/// One version of a widget type's schema.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SchemaVersion<'a> {
    /// The JSON Schema.
    pub schema: &'a Map<String, Value>,
}

/// A plan: hints, never an authority.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PlanHint<'a> {
    /// What the plan says of the backlink.
    pub branding: Branding,
    /// Features by `camelCase` name.
    pub features: BTreeMap<String, bool>,
    /// Limits by `camelCase` name.
    pub limits: BTreeMap<String, Limit<'a>>,
}

/// What a plan says of the backlink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Branding {
    /// Whether the backlink must show: true unless the plan has `brandingRemovable`.
    pub enforced: bool,
}

impl Default for Branding {
    /// What is in doubt is enforced.
    fn default() -> Self {
        Self { enforced: true }
    }
}

/// A limit of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit<'a> {
    /// How many; null means no limit.
    pub limit: Option<i64>,
    /// `soft` or `hard`.
    pub enforcement: Option<&'a str>,
    /// How many more a soft limit lets through.
    pub grace: Option<i64>,
}
