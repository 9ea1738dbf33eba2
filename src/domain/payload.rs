//! What the entries hold: the records as they are published, and the check that a payload has their shape.
//!
//! A reader keeps only an [`Index`] of a payload (which records there are, and what a lookup compares); the values
//! themselves stay what the store gave. Unknown members are allowed, and so is an unknown `layout`: a snapshot that
//! is newer than its reader must still be read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::Fault;
use super::key::EntryKey;

/// A template as it is published.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// The widget type, such as `content.faq`.
    pub widget_type: String,
    /// What people call it.
    pub name: String,
    /// `LIST`, `GRID`, …; null if it has none.
    pub layout: Option<String>,
    /// `MINIMAL`, `SOFT`, …; null if it has none.
    pub skin: Option<String>,
    /// `COZY` or `COMPACT`; null if it has none.
    pub density: Option<String>,
    /// Accent names; empty where the row has null.
    pub accents: Vec<String>,
    /// Whether it is for paying plans.
    pub premium: bool,
    /// The schema version that its defaults follow.
    pub schema_version: String,
    /// The config that a new instance begins with.
    pub defaults: Map<String, Value>,
    /// How the template presents itself.
    pub descriptor: Map<String, Value>,
}

/// A schema version as it is published.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SchemaVersion {
    /// The JSON Schema.
    pub schema: Map<String, Value>,
}

/// A plan as it is published: hints, never an authority.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Whether the backlink must show.
    pub branding: Branding,
    /// Features by `camelCase` name.
    pub features: BTreeMap<String, bool>,
    /// Limits by `camelCase` name.
    pub limits: BTreeMap<String, Limit>,
}

/// The branding hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branding {
    /// True unless the plan's `brandingRemovable` is.
    pub enforced: bool,
}

/// A limit of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// How many; null is no limit.
    pub limit: Option<i64>,
    /// `soft` or `hard`.
    pub enforcement: Option<String>,
    /// How many more a soft limit lets through.
    pub grace: Option<i64>,
}

/// What a lookup compares of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateHead {
    /// The widget type that the template is for.
    pub widget_type: String,
    /// The schema version that its defaults follow.
    pub schema_version: String,
}

/// The records of a payload, by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Index {
    /// Templates by id.
    Templates(BTreeMap<String, TemplateHead>),
    /// Schema versions by widget type.
    Schemas(BTreeMap<String, BTreeSet<String>>),
    /// Plan ids.
    Plans(BTreeSet<String>),
}

impl Index {
    /// Reads a payload's shape.
    ///
    /// # Errors
    ///
    /// [`Fault::Payload`] with the place of the first member that is not what the contract says.
    pub fn of(key: EntryKey, payload: &str) -> Result<Self, Fault> {
        let index = match key {
            EntryKey::WidgetTemplates => serde_json::from_str::<Records<TemplateShape>>(payload).map(|records| {
                Self::Templates(records.into_iter().map(|(id, template)| (id, template.into())).collect())
            }),
            EntryKey::WidgetSchemas => serde_json::from_str::<Records<Records<SchemaShape>>>(payload).map(|types| {
                Self::Schemas(
                    types.into_iter().map(|(name, versions)| (name, versions.into_keys().collect())).collect(),
                )
            }),
            EntryKey::PlanHints => serde_json::from_str::<Records<PlanShape>>(payload)
                .map(|plans| Self::Plans(plans.into_keys().collect())),
        };
        index.map_err(|error| Fault::Payload(format!("the payload is not that of {key}: {error}")))
    }

    /// How many records: templates, (type, version) pairs, or plans.
    #[must_use]
    pub fn records(&self) -> u64 {
        let count = match self {
            Self::Templates(templates) => templates.len(),
            Self::Schemas(types) => types.values().map(BTreeSet::len).sum(),
            Self::Plans(plans) => plans.len(),
        };
        count as u64
    }
}

type Records<T> = BTreeMap<String, T>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the fields are there to be checked, not to be used")]
struct TemplateShape<'a> {
    #[serde(borrow)]
    widget_type: Cow<'a, str>,
    #[serde(borrow)]
    schema_version: Cow<'a, str>,
    name: Cow<'a, str>,
    layout: Option<Cow<'a, str>>,
    skin: Option<Cow<'a, str>>,
    density: Option<Cow<'a, str>>,
    accents: Vec<Cow<'a, str>>,
    premium: bool,
    defaults: MapOf<IgnoredAny>,
    descriptor: MapOf<IgnoredAny>,
}

impl From<TemplateShape<'_>> for TemplateHead {
    fn from(shape: TemplateShape<'_>) -> Self {
        Self { widget_type: shape.widget_type.into_owned(), schema_version: shape.schema_version.into_owned() }
    }
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are there to be checked, not to be used")]
struct SchemaShape {
    schema: MapOf<IgnoredAny>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are there to be checked, not to be used")]
struct PlanShape<'a> {
    branding: Branding,
    features: MapOf<bool>,
    #[serde(borrow)]
    limits: MapOf<LimitShape<'a>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields are there to be checked, not to be used")]
struct LimitShape<'a> {
    limit: Option<i64>,
    enforcement: Option<Cow<'a, str>>,
    grace: Option<i64>,
}

/// A JSON object all of whose values are a `T`; nothing of it is kept.
struct MapOf<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for MapOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = MapOf<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, T>()?.is_some() {}
                Ok(MapOf(PhantomData))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}
