//! Whether the schemas are valid JSON Schemas, and whether each template's defaults satisfy its schema.
//!
//! An invalid JSON Schema is refused: nobody could validate a widget with it. Defaults that do not satisfy theirs are only
//! a warning, as Michael's own rows have some.

use std::collections::HashMap;

use jsonschema::Validator;
use serde_json::Value;

use super::columns::{Columns, Problem};
use super::record::RecordName;
use crate::sync::json_schema;
use crate::sync::shown::excerpt;
use crate::sync::source::{Michael, Table};

const DEFAULT_DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

type SchemaId<'a> = (&'a str, &'a str);

#[derive(Debug, Default)]
pub struct Checked {
    pub problems: Vec<(RecordName, Problem)>,
    pub warnings: Vec<String>,
}

/// Checks every schema, and the defaults of its templates. Rows without a schema or without defaults are skipped: `build`
/// reports what is wrong with them.
pub fn check(michael: &Michael) -> Checked {
    let templates = templates_by_schema(michael);
    let mut checked = Checked::default();
    for row in Columns::of(michael, Table::WidgetSchemas) {
        let (Some(id), Ok(_)) = (schema_id(&row), row.object("schema")) else { continue };
        let schema = row.value("schema");
        // Only one is held at a time: compiled, a schema takes many times its size.
        match json_schema::compile(schema) {
            Ok(validator) => {
                let templates = templates.get(&id).into_iter().flatten();
                checked.warnings.extend(templates.filter_map(|template| unsatisfied(template, id, &validator)));
            }
            Err(found) => {
                let dialect = schema.get("$schema").and_then(Value::as_str).unwrap_or(DEFAULT_DIALECT);
                let dialect = excerpt(dialect);
                let message = format!("column schema: expected a valid JSON Schema of {dialect}, found {found}");
                checked.problems.push((RecordName::schema(id.0, id.1), row.problem(&message)));
            }
        }
    }
    checked
}

fn templates_by_schema(michael: &Michael) -> HashMap<SchemaId<'_>, Vec<Columns<'_>>> {
    let mut templates: HashMap<SchemaId<'_>, Vec<Columns<'_>>> = HashMap::new();
    for row in Columns::of(michael, Table::WidgetTemplates) {
        if let Some(id) = schema_id(&row) {
            templates.entry(id).or_default().push(row);
        }
    }
    templates
}

fn schema_id<'a>(row: &Columns<'a>) -> Option<SchemaId<'a>> {
    Some((row.text("widget_type").ok()?, row.text("schema_version").ok()?))
}

fn unsatisfied(template: &Columns<'_>, (widget_type, version): SchemaId<'_>, validator: &Validator) -> Option<String> {
    template.object("defaults").ok()?;
    let found = json_schema::check(validator, template.value("defaults")).err()?;
    let place = template.place();
    let [widget_type, version] = [widget_type, version].map(excerpt);
    Some(format!("{place}, column defaults: expected what the schema {widget_type} {version} allows, found {found}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::source::budget::RowBudget;
    use crate::sync::source::{TableRows, strict};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn table(table: Table, rows: &Value) -> (Table, TableRows) {
        let origin = format!("{table}.json");
        (
            table,
            TableRows { rows: strict::rows(&RowBudget::new(), table, &origin, 1, &rows.to_string()).unwrap(), origin },
        )
    }

    /// One schema, and one template of it.
    #[expect(clippy::needless_pass_by_value, reason = "the values are written where they are used")]
    fn michael(schema: Value, defaults: Value) -> Michael {
        let schema = json!([{ "widget_type": "t", "schema_version": "1", "schema": schema }]);
        let template = json!([
            { "template_id": "other", "widget_type": "t", "schema_version": "2", "defaults": { "n": "of another" } },
            { "template_id": "a", "widget_type": "t", "schema_version": "1", "defaults": defaults },
        ]);
        let tables = [table(Table::WidgetTemplates, &template), table(Table::WidgetSchemas, &schema)];
        Michael { tables: BTreeMap::from(tables), clock: None, warning: None, identity: None }
    }

    fn problem(schema: Value) -> Option<String> {
        check(&michael(schema, json!({}))).problems.pop().map(|(_, problem)| problem.0)
    }

    fn warning(schema: Value, defaults: Value) -> Option<String> {
        let mut checked = check(&michael(schema, defaults));
        assert_eq!(checked.problems, []);
        checked.warnings.pop()
    }

    const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";

    #[test]
    fn an_invalid_schema_is_refused_with_its_row_and_place() {
        let place = r#"widget_schemas.json, row 1 (widget_type "t", schema_version "1"): column schema: "#;
        for (schema, dialect, found) in [
            (
                json!({ "$schema": DRAFT_7, "properties": { "a": { "type": "txet" } } }),
                DRAFT_7,
                "at /properties/a/type",
            ),
            (json!({ "type": "txet" }), DEFAULT_DIALECT, "at /type: \"txet\" is not valid"),
            (json!({ "pattern": "(" }), DEFAULT_DIALECT, "at /pattern: \"(\" is not a \"regex\""),
            (json!({ "$schema": "https://example.org/mine" }), "https://example.org/mine", "Unknown meta-schema"),
            (json!({ "$ref": "#/$defs/none" }), DEFAULT_DIALECT, "Pointer '/$defs/none' does not exist"),
            (
                json!({ "$ref": "https://example.org/s" }),
                DEFAULT_DIALECT,
                "Resource 'https://example.org/s' is not present",
            ),
            (json!({ "$ref": "file:///etc/hostname" }), DEFAULT_DIALECT, "Resource 'file:///etc/hostname' is not"),
        ] {
            let problem = problem(schema.clone()).unwrap_or_else(|| panic!("{schema}"));
            let expected = format!("{place}expected a valid JSON Schema of {dialect}, found {found}");
            assert!(problem.starts_with(&expected), "{problem}\n{expected}");
        }
    }

    #[test]
    fn the_dialect_that_a_schema_names_counts() {
        // An array of schemas in `items` was allowed until 2020-12, which has `prefixItems`.
        let tuple = |dialect: &str| json!({ "$schema": dialect, "items": [{ "type": "string" }] });
        for good in [DRAFT_7, "http://json-schema.org/draft-04/schema#", "https://json-schema.org/draft/2019-09/schema"]
        {
            assert_eq!(problem(tuple(good)), None, "{good}");
        }
        assert!(problem(tuple(DEFAULT_DIALECT)).is_some());
        assert!(problem(json!({ "items": [{ "type": "string" }] })).is_some());
    }

    #[test]
    fn defaults_that_do_not_satisfy_their_schema_are_a_warning_with_row_and_place() {
        let schema = json!({ "$schema": DRAFT_7, "properties": { "n": { "items": { "maximum": 2 } } } });
        assert_eq!(warning(schema.clone(), json!({ "n": [1, 2] })), None);
        assert_eq!(
            warning(schema.clone(), json!({ "n": [1, 3] })).unwrap(),
            r#"widget_templates.json, row 2 (template_id "a"), column defaults: expected what the schema t 1 allows, found at /n/1: 3 is greater than the maximum of 2"#
        );
        assert_eq!(warning(schema, Value::Null), None);
        let required = warning(json!({ "required": ["x"] }), json!({})).unwrap();
        assert!(required.ends_with(r#"allows, found "x" is a required property"#), "{required}");
        let long =
            warning(json!({ "properties": { "n": { "maxLength": 1 } } }), json!({ "n": "é".repeat(999) })).unwrap();
        assert!(long.ends_with("éé…"), "{long}");
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let list = json!({ "properties": { "next": { "$ref": "#" } }, "additionalProperties": false });
        assert_eq!(warning(list.clone(), json!({ "next": { "next": {} } })), None);
        assert!(warning(list, json!({ "next": { "nxet": {} } })).unwrap().contains("found at /next: "));
        let _ = warning(json!({ "$ref": "#" }), json!({}));
        let _ = warning(json!({ "allOf": [{ "$ref": "#" }] }), json!({}));
    }
}
