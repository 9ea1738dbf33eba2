//! From rows to payloads. Pure.
//!
//! All problems of the rows are collected, so that one run reports everything there is to fix.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::bad_rows::{BadRows, Quarantined};
use super::columns::{Columns, Problem};
use super::payload::{Payload, Payloads};
use super::record::RecordName;
use super::schema_check;
use crate::domain::format::canonical::to_canonical;
use crate::domain::format::payload::{Limit, PlanHint, SchemaVersion, Template};
use crate::domain::key::EntryKey;
use crate::sync::shown::excerpt;
use crate::sync::source::{Michael, Table};

const LAYOUTS: &[&str] = &["LIST", "GRID", "CAROUSEL", "CARD", "ACCORDION", "MARQUEE", "STACKED", "INLINE"];
const SKINS: &[&str] = &["MINIMAL", "SOFT", "SHARP", "GLASS"];
const DENSITIES: &[&str] = &["COZY", "COMPACT"];
const ENFORCEMENTS: &[&str] = &["soft", "hard"];

const BRANDING_REMOVABLE: &str = "brandingRemovable";

type Templates<'a> = BTreeMap<&'a str, Template<'a>>;
type Schemas<'a> = BTreeMap<&'a str, BTreeMap<&'a str, SchemaVersion<'a>>>;
type Plans<'a> = BTreeMap<&'a str, PlanHint<'a>>;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    pub payloads: Payloads,
    pub warnings: Vec<String>,
    pub quarantined: Vec<Quarantined>,
    /// See [`Michael::identity`].
    pub source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum OnBadRow {
    /// Nothing is published while there is one.
    #[default]
    Refuse,
    /// Their records are left out, each named, and the rest is published.
    Quarantine,
}

/// Builds the content, or names every row that cannot be published. With [`OnBadRow::Quarantine`] such rows are an error only
/// if no template or no schema is left.
pub fn build(michael: &Michael, on_bad_row: OnBadRow) -> Result<Content, Vec<Problem>> {
    let mut bad = BadRows::default();
    let mut schemas = schemas(michael, &mut bad);
    let checked = schema_check::check(michael);
    for (id, problem) in checked.problems {
        bad.note(EntryKey::WidgetSchemas, Some(id), problem);
    }
    if on_bad_row == OnBadRow::Quarantine {
        // Before the templates are built: a schema that is left out leaves out its templates.
        for (widget_type, versions) in &mut schemas {
            versions.retain(|version, _| !bad.has(&RecordName::schema(widget_type, version)));
        }
        schemas.retain(|_, versions| !versions.is_empty());
    }
    let mut templates = templates(michael, &schemas, &mut bad);
    let mut warnings = checked.warnings;
    let mut plans = plans(michael, &mut bad, &mut warnings);
    if on_bad_row == OnBadRow::Refuse && !bad.is_empty() {
        return Err(bad.into_problems());
    }
    for key in EntryKey::ALL {
        match key {
            // A plan is whole or absent: without one of its limits it would read as unlimited.
            EntryKey::PlanHints => plans.retain(|id, _| !bad.has(&RecordName::plan(id))),
            // Left out above, before the templates were built.
            EntryKey::WidgetSchemas => {}
            EntryKey::WidgetTemplates => templates.retain(|id, _| !bad.has(&RecordName::template(id))),
        }
    }
    if !bad.is_empty() && (templates.is_empty() || schemas.is_empty()) {
        return Err(bad.into_problems());
    }
    let payloads = payloads(&templates, &schemas, &plans)?;
    if plans.is_empty() {
        let origin = michael.origin(Table::PlanFeatures);
        warnings.push(format!("{origin}: no plan can be published; every plan hint is fail-closed: branding enforced"));
    }
    Ok(Content { payloads, warnings, quarantined: bad.quarantined, source: michael.identity.clone() })
}

fn payloads(templates: &Templates<'_>, schemas: &Schemas<'_>, plans: &Plans<'_>) -> Result<Payloads, Vec<Problem>> {
    let payload = |key| {
        let (text, records) = match key {
            EntryKey::PlanHints => (to_canonical(plans), plans.len()),
            EntryKey::WidgetSchemas => (to_canonical(schemas), schemas.values().map(BTreeMap::len).sum()),
            EntryKey::WidgetTemplates => (to_canonical(templates), templates.len()),
        };
        let problem = |error| vec![Problem(format!("{key}: cannot be written as JSON: {error}"))];
        Ok((key, Payload { text: text.map_err(problem)?, records: records as u64 }))
    };
    EntryKey::ALL.into_iter().map(payload).collect()
}

fn schemas<'a>(michael: &'a Michael, bad: &mut BadRows) -> Schemas<'a> {
    let mut schemas = Schemas::new();
    let mut places = BTreeMap::new();
    for columns in Columns::of(michael, Table::WidgetSchemas) {
        let id = || Some((columns.text("widget_type").ok()?, columns.text("schema_version").ok()?));
        let name = id().map(|(widget_type, version)| RecordName::schema(widget_type, version));
        let mut record = || {
            columns.whole()?;
            let id = (columns.name("widget_type")?, columns.name("schema_version")?);
            let schema = SchemaVersion { schema: columns.object("schema")? };
            claim(&mut places, id, columns)?;
            schemas.entry(id.0).or_default().insert(id.1, schema);
            Ok(())
        };
        bad.check(EntryKey::WidgetSchemas, name, record());
    }
    schemas
}

fn templates<'a>(michael: &'a Michael, schemas: &Schemas<'a>, bad: &mut BadRows) -> Templates<'a> {
    let mut templates = BTreeMap::new();
    let mut places = BTreeMap::new();
    for columns in Columns::of(michael, Table::WidgetTemplates) {
        let name = columns.text("template_id").ok().map(RecordName::template);
        let claimed = |(id, template)| claim(&mut places, id, columns).map(|()| (id, template));
        let (id, template) = match template(&columns).and_then(claimed) {
            Ok(record) => record,
            Err(problem) => {
                bad.note(EntryKey::WidgetTemplates, name, problem);
                continue;
            }
        };
        let (widget_type, version) = (template.widget_type, template.schema_version);
        if schemas.get(widget_type).is_none_or(|versions| !versions.contains_key(version)) {
            let origin = michael.origin(Table::WidgetSchemas);
            let left_out = bad.has(&RecordName::schema(widget_type, version));
            let found = if left_out { ", which cannot be published itself" } else { "" };
            let [widget_type, version] = [widget_type, version].map(excerpt);
            let problem = columns.problem(&format!(
                "column schema_version: expected a version of widget type {widget_type:?} in {origin}, found \
                 {version:?}{found}"
            ));
            bad.note(EntryKey::WidgetTemplates, name, problem);
        }
        templates.insert(id, template);
    }
    templates
}

fn template<'a>(columns: &Columns<'a>) -> Result<(&'a str, Template<'a>), Problem> {
    columns.whole()?;
    let template = Template {
        widget_type: columns.text("widget_type")?,
        name: columns.text("name")?,
        layout: columns.optional_word("layout", LAYOUTS)?,
        skin: columns.optional_word("skin", SKINS)?,
        density: columns.optional_word("density", DENSITIES)?,
        accents: columns.texts("accents")?,
        premium: columns.boolean_or_false("premium")?,
        schema_version: columns.text("schema_version")?,
        defaults: columns.optional_object("defaults")?.map_or_else(Cow::default, Cow::Borrowed),
        descriptor: columns.object("descriptor")?,
    };
    Ok((columns.name("template_id")?, template))
}

fn plans<'a>(michael: &'a Michael, bad: &mut BadRows, warnings: &mut Vec<String>) -> Plans<'a> {
    let mut plans = Plans::new();
    let mut places = BTreeMap::new();
    let named = |columns: &Columns<'a>| columns.text("plan_id").ok().map(RecordName::plan);
    for columns in Columns::of(michael, Table::PlanFeatures) {
        let mut record = || {
            columns.whole()?;
            let plan = columns.name("plan_id")?;
            let (feature, enabled) = (hint_name(&columns, "feature_key", warnings)?, columns.boolean("enabled")?);
            claim(&mut places, (plan, "feature", feature.clone()), columns)?;
            plans.entry(plan).or_default().features.insert(feature, enabled);
            Ok(())
        };
        bad.check(EntryKey::PlanHints, named(&columns), record());
    }
    for columns in Columns::of(michael, Table::PlanLimits) {
        let mut record = || {
            columns.whole()?;
            let plan = columns.name("plan_id")?;
            let name = hint_name(&columns, "limit_type", warnings)?;
            let limit = Limit {
                limit: columns.optional_integer("limit_value")?,
                enforcement: columns.optional_word("enforcement", ENFORCEMENTS)?,
                grace: columns.optional_integer("grace_amount")?,
            };
            claim(&mut places, (plan, "limit", name.clone()), columns)?;
            plans.entry(plan).or_default().limits.insert(name, limit);
            Ok(())
        };
        bad.check(EntryKey::PlanHints, named(&columns), record());
    }
    // It may be of any plan, and a plan is whole or absent.
    if Columns::of(michael, Table::PlanLimits).any(|columns| named(&columns).is_none()) {
        plans.clear();
    }
    for plan in plans.values_mut() {
        plan.branding.enforced = plan.features.get(BRANDING_REMOVABLE) != Some(&true);
    }
    plans
}

/// The name of a feature or of a limit in the snapshot.
fn hint_name(columns: &Columns<'_>, column: &str, warnings: &mut Vec<String>) -> Result<String, Problem> {
    let found = columns.text(column)?;
    let name = camel_case(found);
    if name.starts_with(char::is_uppercase) || !name.chars().all(char::is_alphanumeric) {
        let (place, found, published) = (columns.place(), excerpt(found), excerpt(&name));
        warnings.push(format!(
            "{place}, column {column}: expected a name in snake_case or camelCase, found {found:?}; it is published as \
             {published:?}, and a reader that asks for another spelling finds none"
        ));
    }
    Ok(name)
}

/// Refuses a row that is not the first with its name; the problem names both.
fn claim<'a, K: Ord>(places: &mut BTreeMap<K, Columns<'a>>, key: K, columns: Columns<'a>) -> Result<(), Problem> {
    match places.entry(key) {
        Entry::Vacant(free) => {
            free.insert(columns);
            Ok(())
        }
        Entry::Occupied(taken) => Err(columns.problem(&format!("the same record as {}", taken.get().place()))),
    }
}

/// `max_widgets` and `maxWidgets` are one name in two spellings; the snapshot uses the second.
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
