//! What the entries hold: the records as they are published, and the check that a payload has their shape.
//!
//! A reader keeps only an [`Index`] of a payload (which records there are, and what a lookup compares); the values
//! themselves stay what the store gave. Unknown members are allowed, and so is an unknown `layout`: a snapshot that
//! is newer than its reader must still be read.

use std::collections::{BTreeMap, BinaryHeap};

use serde_json::{Map, Value};

use super::canonical::Part;
use super::error::Fault;
use super::json::{JsonError, Scanner};
use super::key::EntryKey;

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

/// What a lookup compares of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateHead {
    /// The widget type that the template is for.
    pub widget_type: Box<str>,
    /// The schema version that its defaults follow.
    pub schema_version: Box<str>,
}

/// The records of a payload, by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Index {
    /// Templates by id.
    Templates(Records<TemplateHead>),
    /// Schema versions by widget type.
    Schemas(Records<Vec<Box<str>>>),
    /// Plan ids.
    Plans(Records<()>),
}

/// Records by name. The names, each with its record's place, stand in order: one index for every kind of record, and
/// half the Wasm of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records<T> {
    places: Vec<(Box<str>, usize)>,
    records: Vec<T>,
}

impl<T> Records<T> {
    /// The record with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        // Of a name that stands twice, the last, as `JSON.parse` has it.
        let after = self.places.partition_point(|(other, _)| **other <= *name);
        let (found, place) = self.places.get(after.checked_sub(1)?)?;
        self.records.get(*place).filter(|_| **found == *name)
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Index {
    /// Reads a payload's shape.
    ///
    /// # Errors
    ///
    /// [`Fault::Payload`] with the place of the first member that is not what the contract says.
    pub fn of(key: EntryKey, payload: &str) -> Result<Self, Fault> {
        let mut scanner = Scanner::new(payload);
        let index = match key {
            EntryKey::WidgetTemplates => records(&mut scanner, template).map(Self::Templates),
            EntryKey::WidgetSchemas => records(&mut scanner, versions).map(Self::Schemas),
            EntryKey::PlanHints => records(&mut scanner, plan).map(Self::Plans),
        };
        index.map_err(|error| Fault::Payload(format!("the payload is not that of {key}: {error}")))
    }

    /// How many records: templates, (type, version) pairs, or plans.
    #[must_use]
    pub fn records(&self) -> u64 {
        let count = match self {
            Self::Templates(templates) => templates.len(),
            Self::Schemas(types) => types.records.iter().map(Vec::len).sum(),
            Self::Plans(plans) => plans.len(),
        };
        count as u64
    }
}

/// Reads an object of records.
fn records<'a, T>(
    scanner: &mut Scanner<'a>,
    read: impl Fn(&mut Scanner<'a>) -> Result<T, JsonError>,
) -> Result<Records<T>, JsonError> {
    let (mut places, mut records) = (BinaryHeap::new(), Vec::new());
    scanner.object(&mut |scanner, name| {
        places.push((Box::from(name.decoded.as_ref()), records.len()));
        records.push(read(scanner)?);
        Ok(())
    })?;
    Ok(Records { places: places.into_sorted_vec(), records })
}

fn template(scanner: &mut Scanner<'_>) -> Result<TemplateHead, JsonError> {
    let (mut widget_type, mut schema_version) = (None, None);
    let mut others = Required::new(&["name", "accents", "premium", "defaults", "descriptor"]);
    scanner.object(&mut |scanner, name| {
        others.met(&name.decoded);
        match name.decoded.as_ref() {
            "widgetType" => widget_type = Some(Box::from(scanner.string()?.as_ref())),
            "schemaVersion" => schema_version = Some(Box::from(scanner.string()?.as_ref())),
            "name" => scanner.string().map(drop)?,
            "layout" | "skin" | "density" => scanner.nullable(Scanner::string).map(drop)?,
            "accents" => scanner.array(&mut |scanner| scanner.string().map(drop))?,
            "premium" => scanner.boolean().map(drop)?,
            "defaults" | "descriptor" => any_object(scanner)?,
            _ => scanner.skip().map(drop)?,
        }
        Ok(())
    })?;
    others.all(scanner)?;
    match (widget_type, schema_version) {
        (Some(widget_type), Some(schema_version)) => Ok(TemplateHead { widget_type, schema_version }),
        (None, _) => Err(scanner.wrong("a member widgetType before")),
        (_, None) => Err(scanner.wrong("a member schemaVersion before")),
    }
}

fn versions(scanner: &mut Scanner<'_>) -> Result<Vec<Box<str>>, JsonError> {
    let mut versions = Vec::new();
    scanner.object(&mut |scanner, name| {
        versions.push(Box::from(name.decoded.as_ref()));
        members(scanner, &["schema"], |_, scanner| any_object(scanner))
    })?;
    Ok(versions)
}

fn plan(scanner: &mut Scanner<'_>) -> Result<(), JsonError> {
    let boolean = |scanner: &mut Scanner<'_>| scanner.boolean().map(drop);
    members(scanner, &["branding", "features", "limits"], |name, scanner| match name {
        "branding" => members(scanner, &["enforced"], |_, scanner| boolean(scanner)),
        "features" => scanner.object(&mut |scanner, _| boolean(scanner)),
        _ => scanner.object(&mut |scanner, _| limit(scanner)),
    })
}

fn limit(scanner: &mut Scanner<'_>) -> Result<(), JsonError> {
    members(scanner, &["limit", "enforcement", "grace"], |name, scanner| match name {
        "enforcement" => scanner.nullable(Scanner::string).map(drop),
        _ => scanner.nullable(Scanner::integer).map(drop),
    })
}

/// Reads an object that must have these members; others are passed over.
fn members<'a>(
    scanner: &mut Scanner<'a>,
    names: &[&'static str],
    read: impl Fn(&str, &mut Scanner<'a>) -> Result<(), JsonError>,
) -> Result<(), JsonError> {
    let mut required = Required::new(names);
    scanner.object(&mut |scanner, name| {
        if required.met(&name.decoded) { read(&name.decoded, scanner) } else { scanner.skip().map(drop) }
    })?;
    required.all(scanner)
}

fn any_object(scanner: &mut Scanner<'_>) -> Result<(), JsonError> {
    scanner.object(&mut |scanner, _| scanner.skip().map(drop))
}

/// The members that an object must have, and has not shown yet.
struct Required(Vec<&'static str>);

impl Required {
    fn new(names: &[&'static str]) -> Self {
        Self(names.to_vec())
    }

    /// Notes a member; tells whether it was one of these.
    fn met(&mut self, name: &str) -> bool {
        let place = self.0.iter().position(|required| *required == name);
        place.map(|place| self.0.swap_remove(place)).is_some()
    }

    fn all(&self, scanner: &Scanner<'_>) -> Result<(), JsonError> {
        self.0.first().map_or(Ok(()), |missing| Err(scanner.wrong(format!("a member {missing} before"))))
    }
}
