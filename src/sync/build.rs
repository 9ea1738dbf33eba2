//! From rows to payloads: what Michael says, as the snapshot will say it. Pure.
//!
//! Whatever is wrong with the rows is collected, not only the first of it, so that one run tells all there is to mend.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::columns::{Columns, Problem};
use super::publish::{Payload, Payloads};
use super::schema_check;
use super::source::Michael;
use crate::domain::canonical::Part;
use crate::domain::key::EntryKey;
use crate::domain::payload::{Limit, Plan, SchemaVersion, Template};

const LAYOUTS: &[&str] = &["LIST", "GRID", "CAROUSEL", "CARD", "ACCORDION", "MARQUEE", "STACKED", "INLINE"];
const SKINS: &[&str] = &["MINIMAL", "SOFT", "SHARP", "GLASS"];
const DENSITIES: &[&str] = &["COZY", "COMPACT"];
const ENFORCEMENTS: &[&str] = &["soft", "hard"];

/// The feature that lets a plan hide the backlink.
const BRANDING_REMOVABLE: &str = "brandingRemovable";

type Templates<'a> = BTreeMap<&'a str, Template<'a>>;
type Schemas<'a> = BTreeMap<&'a str, BTreeMap<&'a str, SchemaVersion<'a>>>;
type Plans<'a> = BTreeMap<&'a str, Plan<'a>>;

/// The content of a snapshot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    /// What it says.
    pub payloads: Payloads,
    /// What is odd, but published.
    pub warnings: Vec<String>,
}

/// Builds the content.
///
/// # Errors
///
/// Every row that cannot be published, by name.
pub fn build(michael: &Michael) -> Result<Content, Vec<Problem>> {
    let mut problems = Vec::new();
    let schemas = schemas(michael, &mut problems);
    let templates = templates(michael, &schemas, &mut problems);
    let plans = plans(michael, &mut problems);
    let payloads = payloads(&templates, &schemas, &plans, &mut problems);
    let checked = schema_check::check(michael);
    problems.extend(checked.problems);
    let mut warnings = checked.warnings;
    if plans.is_empty() {
        let origin = &michael.features.origin;
        warnings.push(format!("{origin}: no plan at all; every plan hint reads fail-closed: branding enforced"));
    }
    if problems.is_empty() { Ok(Content { payloads, warnings }) } else { Err(problems) }
}

fn payloads(
    templates: &Templates<'_>,
    schemas: &Schemas<'_>,
    plans: &Plans<'_>,
    problems: &mut Vec<Problem>,
) -> Payloads {
    let records = |key| match key {
        EntryKey::PlanHints => plans.iter().map(|(id, plan)| (*id, plan.part())).collect(),
        EntryKey::WidgetSchemas => schemas.iter().map(|(id, versions)| (*id, versions_part(versions))).collect(),
        EntryKey::WidgetTemplates => templates.iter().map(|(id, template)| (*id, template.part())).collect(),
    };
    let count = |key| match key {
        EntryKey::PlanHints => plans.len(),
        EntryKey::WidgetSchemas => schemas.values().map(BTreeMap::len).sum(),
        EntryKey::WidgetTemplates => templates.len(),
    };
    let payload = |key| match Part::Object(records(key)).to_canonical() {
        Ok(text) => Some((key, Payload { text, records: count(key) as u64 })),
        Err(error) => {
            problems.push(Problem(format!("{key}: expected what JSON can write, found otherwise: {error}")));
            None
        }
    };
    EntryKey::ALL.into_iter().filter_map(payload).collect()
}

fn versions_part<'a>(versions: &'a BTreeMap<&str, SchemaVersion<'_>>) -> Part<'a> {
    Part::Object(versions.iter().map(|(version, schema)| (*version, schema.part())).collect())
}

fn schemas<'a>(michael: &'a Michael, problems: &mut Vec<Problem>) -> Schemas<'a> {
    let mut schemas = Schemas::new();
    let mut places = BTreeMap::new();
    for columns in Columns::of(&michael.schemas) {
        let record = || {
            let key = (columns.text("widget_type")?, columns.text("schema_version")?);
            Ok((key, SchemaVersion { schema: columns.object("schema")? }))
        };
        if let Some(((widget_type, version), schema)) = note(record(), problems)
            && claim(&mut places, (widget_type, version), columns, problems)
        {
            schemas.entry(widget_type).or_default().insert(version, schema);
        }
    }
    schemas
}

fn templates<'a>(michael: &'a Michael, schemas: &Schemas<'a>, problems: &mut Vec<Problem>) -> Templates<'a> {
    let mut templates = BTreeMap::new();
    let mut places = BTreeMap::new();
    for columns in Columns::of(&michael.templates) {
        let Some((id, template)) = note(template(&columns), problems) else { continue };
        if !claim(&mut places, id, columns, problems) {
            continue;
        }
        let (widget_type, version) = (template.widget_type, template.schema_version);
        if schemas.get(widget_type).is_none_or(|versions| !versions.contains_key(version)) {
            let origin = &michael.schemas.origin;
            problems.push(columns.problem(&format!(
                "column schema_version: expected a version of widget type {widget_type:?} in {origin}, found {version:?}"
            )));
        }
        templates.insert(id, template);
    }
    templates
}

fn template<'a>(columns: &Columns<'a>) -> Result<(&'a str, Template<'a>), Problem> {
    let template = Template {
        widget_type: columns.text("widget_type")?,
        name: columns.text("name")?,
        layout: columns.optional_word("layout", LAYOUTS)?,
        skin: columns.optional_word("skin", SKINS)?,
        density: columns.optional_word("density", DENSITIES)?,
        accents: columns.texts("accents")?,
        premium: columns.boolean_or_false("premium")?,
        schema_version: columns.text("schema_version")?,
        defaults: columns.optional_object("defaults")?,
        descriptor: columns.object("descriptor")?,
    };
    Ok((columns.text("template_id")?, template))
}

fn plans<'a>(michael: &'a Michael, problems: &mut Vec<Problem>) -> Plans<'a> {
    let mut plans = Plans::new();
    let mut places = BTreeMap::new();
    for columns in Columns::of(&michael.features) {
        let record = || Ok((columns.text("plan_id")?, columns.text("feature_key")?, columns.boolean("enabled")?));
        let Some((plan, feature, enabled)) = note(record(), problems) else { continue };
        let feature = camel_case(feature);
        if claim(&mut places, (plan, "feature", feature.clone()), columns, problems) {
            plans.entry(plan).or_insert_with(no_plan).features.insert(feature, enabled);
        }
    }
    for columns in Columns::of(&michael.limits) {
        let record = || {
            let limit = Limit {
                limit: columns.optional_integer("limit_value")?,
                enforcement: columns.optional_word("enforcement", ENFORCEMENTS)?,
                grace: columns.optional_integer("grace_amount")?,
            };
            Ok((columns.text("plan_id")?, columns.text("limit_type")?, limit))
        };
        let Some((plan, name, limit)) = note(record(), problems) else { continue };
        let name = camel_case(name);
        if claim(&mut places, (plan, "limit", name.clone()), columns, problems) {
            plans.entry(plan).or_insert_with(no_plan).limits.insert(name, limit);
        }
    }
    for plan in plans.values_mut() {
        plan.branding_enforced = plan.features.get(BRANDING_REMOVABLE) != Some(&true);
    }
    plans
}

fn no_plan<'a>() -> Plan<'a> {
    Plan { branding_enforced: true, features: BTreeMap::new(), limits: BTreeMap::new() }
}

/// The record, or nothing and one problem more.
fn note<T>(record: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    record.map_err(|problem| problems.push(problem)).ok()
}

/// Whether this row is the first with its name; otherwise one problem more, which names both.
fn claim<'a, K: Ord>(
    places: &mut BTreeMap<K, Columns<'a>>,
    key: K,
    columns: Columns<'a>,
    problems: &mut Vec<Problem>,
) -> bool {
    match places.entry(key) {
        Entry::Vacant(free) => {
            free.insert(columns);
            true
        }
        Entry::Occupied(taken) => {
            problems.push(columns.problem(&format!("the same record as {}", taken.get().place())));
            false
        }
    }
}

/// `max_widgets` and `maxWidgets` are one name in two spellings; the snapshot has the second.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let mut camel = words.next().unwrap_or(name).to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_name_become_one() {
        for (name, camel) in [
            ("max_widgets", "maxWidgets"),
            ("maxWidgets", "maxWidgets"),
            ("premium_templates", "premiumTemplates"),
            ("a_b_c", "aBC"),
            ("_private__x", "privateX"),
            ("plain", "plain"),
            ("_", "_"),
        ] {
            assert_eq!(camel_case(name), camel);
        }
    }
}
