//! One bad row need not stop the rest: what is left out, what goes with it, and what is refused all the same.

use async_trait::async_trait;
use atlas::domain::decide::route::LONGEST_NAME;
use atlas::domain::key::EntryKey;
use atlas::sync::content::{Content, OnBadRow, Quarantined, build};
use atlas::sync::run::{Outcome, Report, RunOptions};
use atlas::sync::source::{Michael, Row, Source, SourceError, Table};
use serde_json::{Value, json};

use crate::support::{Rows, Server, program, published, rows_in, rows_of, sync};

/// Michael's rows of Phase 1, changed.
struct Changed(fn(&mut Michael));

#[async_trait]
impl Source for Changed {
    fn describe(&self) -> String {
        "changed rows".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let mut michael = Rows(None).read().await?;
        (self.0)(&mut michael);
        Ok(michael)
    }
}

/// These rows.
struct Fixed(Michael);

#[async_trait]
impl Source for Fixed {
    fn describe(&self) -> String {
        "fixed rows".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        Ok(self.0.clone())
    }
}

fn set(rows: &mut [Row], number: usize, column: &'static str, value: Value) {
    rows[number].insert(column.into(), value);
}

/// Rows that are bad in this way: refused without the flag, and published without these records with it.
async fn leaves_out(change: fn(&mut Michael), expected: &[(&str, Option<&str>)]) -> Report {
    let server = Server::start().await;
    let refused = sync(&Changed(change), &server.store(), &RunOptions::default()).await.unwrap_err();
    assert_eq!((refused.error.code(), refused.error.exit_code()), ("rows_refused", 5), "{refused}");
    assert!(server.stands().await.is_empty);
    let options = RunOptions { on_bad_row: OnBadRow::Quarantine, ..RunOptions::default() };
    let report = sync(&Changed(change), &server.store(), &options).await.unwrap();
    assert_eq!((report.outcome, report.version, server.version().await), (Outcome::Published, Some(1), 1));
    let named = |left_out: &Quarantined| (left_out.key, left_out.record.clone());
    let mut found: Vec<_> = report.quarantined.iter().map(named).collect();
    found.sort();
    found.dedup();
    let mut wanted: Vec<_> = expected.iter().map(|(key, record)| (*key, record.map(str::to_owned))).collect();
    wanted.sort();
    assert_eq!(found.iter().map(|(key, name)| (*key, name.clone())).collect::<Vec<_>>(), wanted);
    let standing = server.stands().await;
    for (key, record) in expected {
        let key = EntryKey::ALL.into_iter().find(|entry| entry.logical() == *key).unwrap();
        let payload: Value = serde_json::from_str(&standing.payloads[&key].text).unwrap();
        let path: Vec<_> = record.unwrap_or("none").split('@').collect();
        let there = path.iter().try_fold(&payload, |value, name| value.get(name));
        assert_eq!(there, None, "{key} {record:?}");
    }
    report
}

const TEMPLATES: &str = "atlas:v1:widgetTemplates";
const SCHEMAS: &str = "atlas:v1:widgetSchemas";
const PLANS: &str = "atlas:v1:planHints";

#[tokio::test]
async fn a_template_with_a_bad_column_is_left_out_alone() {
    let change = |michael: &mut Michael| set(rows_of(michael, Table::WidgetTemplates), 0, "layout", json!("ROUND"));
    let report = leaves_out(change, &[(TEMPLATES, Some("faq-classic-light"))]).await;
    assert_eq!(report.entries[TEMPLATES].records, 5);
    assert!(report.quarantined[0].reason.contains("found \"ROUND\""), "{:?}", report.quarantined);
}

#[tokio::test]
async fn a_template_without_its_schema_is_left_out_alone() {
    let change =
        |michael: &mut Michael| set(rows_of(michael, Table::WidgetTemplates), 0, "schema_version", json!("1999-01-01"));
    leaves_out(change, &[(TEMPLATES, Some("faq-classic-light"))]).await;
}

#[tokio::test]
async fn a_bad_schema_leaves_out_its_templates_too() {
    let bad: [fn(&mut Michael); 2] = [
        |michael| set(rows_of(michael, Table::WidgetSchemas), 0, "schema", json!({ "type": "txet" })),
        |michael| set(rows_of(michael, Table::WidgetSchemas), 0, "schema", json!("no object")),
    ];
    for change in bad {
        let mut michael = Rows(None).read().await.unwrap();
        change(&mut michael);
        let of = |column: &str| michael.rows(Table::WidgetSchemas)[0].get(column).unwrap().as_str().unwrap().to_owned();
        let (widget_type, version) = (of("widget_type"), of("schema_version"));
        let template =
            michael.rows(Table::WidgetTemplates).iter().find(|row| row.get("widget_type") == Some(&json!(widget_type)));
        let template = template.unwrap().get("template_id").unwrap().as_str().unwrap().to_owned();
        let name = format!("{widget_type}@{version}");
        leaves_out(change, &[(SCHEMAS, Some(&name)), (TEMPLATES, Some(&template))]).await;
    }
}

#[tokio::test]
async fn of_two_rows_for_one_record_neither_is_published() {
    let twice = |michael: &mut Michael| {
        let mut row = michael.rows(Table::WidgetTemplates)[0].clone();
        row.insert("name".into(), json!("another"));
        rows_of(michael, Table::WidgetTemplates).push(row);
    };
    leaves_out(twice, &[(TEMPLATES, Some("faq-classic-light"))]).await;
    let bad_twin = |michael: &mut Michael| {
        let mut row = michael.rows(Table::WidgetTemplates)[0].clone();
        row.insert("layout".into(), json!("ROUND"));
        rows_of(michael, Table::WidgetTemplates).push(row);
    };
    leaves_out(bad_twin, &[(TEMPLATES, Some("faq-classic-light"))]).await;
}

#[tokio::test]
async fn a_plan_with_a_bad_limit_is_left_out_whole() {
    let mut michael = Rows(None).read().await.unwrap();
    let plan = michael.rows(Table::PlanLimits)[0].get("plan_id").unwrap().as_str().unwrap().to_owned();
    let change = |michael: &mut Michael| set(rows_of(michael, Table::PlanLimits), 0, "limit_value", json!("many"));
    change(&mut michael);
    leaves_out(change, &[(PLANS, Some(&plan))]).await;
}

/// A column of each table, and a value that it must not have.
fn bad(table: Table) -> (&'static str, Value) {
    match table {
        Table::WidgetTemplates => ("layout", json!("ROUND")),
        Table::WidgetSchemas => ("schema", json!("no object")),
        Table::PlanFeatures => ("enabled", json!("perhaps")),
        Table::PlanLimits => ("limit_value", json!("many")),
    }
}

#[tokio::test]
async fn a_bad_row_of_any_table_is_refused_or_its_record_left_out() {
    for table in Table::ALL {
        let mut michael = Rows(None).read().await.unwrap();
        let (column, value) = bad(table);
        set(rows_of(&mut michael, table), 0, column, value);
        assert!(build(&michael, OnBadRow::default()).is_err(), "{table:?}");
        let Content { payloads, quarantined, .. } = build(&michael, OnBadRow::Quarantine).unwrap();
        assert!(!quarantined.is_empty(), "{table:?}");
        for Quarantined { key, record, .. } in quarantined {
            let entry = EntryKey::ALL.into_iter().find(|entry| entry.logical() == key).unwrap();
            let payload: Value = serde_json::from_str(&payloads[&entry].text).unwrap();
            let record = record.unwrap();
            let there = record.split('@').try_fold(&payload, |value, name| value.get(name));
            assert_eq!(there, None, "{table:?}: {key} {record}");
        }
    }
}

#[tokio::test]
async fn a_row_that_names_no_record_is_left_out_and_told() {
    let change = |michael: &mut Michael| {
        let mut row = michael.rows(Table::WidgetTemplates)[0].clone();
        row.insert("template_id".into(), Value::Null);
        rows_of(michael, Table::WidgetTemplates).push(row);
    };
    let report = leaves_out(change, &[(TEMPLATES, None)]).await;
    assert_eq!(report.entries[TEMPLATES].records, 6);
}

/// Any of them would read as unlimited without it.
#[tokio::test]
async fn a_limit_that_names_no_plan_leaves_out_every_plan() {
    let change = |michael: &mut Michael| set(rows_of(michael, Table::PlanLimits), 0, "plan_id", json!(" "));
    let report = leaves_out(change, &[(PLANS, None)]).await;
    assert_eq!(report.entries[PLANS].records, 0);
    assert!(
        report.warnings.iter().any(|warning| warning.contains("no plan can be published")),
        "{:?}",
        report.warnings
    );
}

#[tokio::test]
async fn what_is_no_records_fault_is_refused_as_ever() {
    let server = Server::start().await;
    let options = RunOptions { on_bad_row: OnBadRow::Quarantine, ..RunOptions::default() };
    let every: fn(&mut Michael) = |michael| {
        for row in rows_of(michael, Table::WidgetTemplates) {
            row.insert("layout".into(), json!("ROUND"));
        }
    };
    let none: fn(&mut Michael) = |michael| rows_of(michael, Table::WidgetTemplates).clear();
    for (change, code) in [(every, "rows_refused"), (none, "source_unreadable")] {
        let failure = sync(&Changed(change), &server.store(), &options).await.unwrap_err();
        assert_eq!(failure.error.code(), code, "{failure}");
    }
    published("first", &server.store()).await;
    let in_place: fn(&mut Michael) =
        |michael| set(rows_of(michael, Table::WidgetSchemas), 0, "schema", json!({ "title": "new" }));
    let failure = sync(&Changed(in_place), &server.store(), &options).await.unwrap_err();
    assert_eq!(failure.error.code(), "schema_changed_in_place", "{failure}");
    let shrunk: fn(&mut Michael) = |michael| {
        for row in &mut rows_of(michael, Table::WidgetTemplates)[1..] {
            row.insert("layout".into(), json!("ROUND"));
        }
    };
    let failure = sync(&Changed(shrunk), &server.store(), &options).await.unwrap_err();
    assert_eq!(failure.error.code(), "too_many_records_gone", "{failure}");
    assert_eq!(server.version().await, 1);
    // The report of a refused run has no other place for them.
    assert!(failure.to_string().contains("column layout: expected null or one of LIST"), "{failure}");
    assert!(failure.to_string().contains("correct the rows"), "{failure}");
}

#[tokio::test]
async fn the_program_names_what_it_leaves_out_in_report_and_log() {
    let rows = tempfile::tempdir().unwrap();
    let source = rows_in(rows.path(), "first").await;
    let file = rows.path().join("widget_templates.json");
    let mut templates: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    templates[0]["layout"] = json!("ROUND");
    std::fs::write(&file, templates.to_string()).unwrap();
    let store = format!("file:{}", rows.path().join("store.json").display());
    let run = ["sync", "--json", "--source", &source, "--store", &store];
    let output = program(&run).output().await.unwrap();
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    let output = program(&run).args(["--on-bad-row", "quarantine"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["outcome"], &report["quarantined"][0]["record"]),
        (&json!("published"), &json!("faq-classic-light"))
    );
    assert!(String::from_utf8(output.stderr).unwrap().contains("a record was left out"));
}

/// An object of so many levels.
fn nested(levels: usize) -> String {
    format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels))
}

/// Valid JSON whose value no reader could be given: rounded, ambiguous, or too deep. It is refused like any other bad row, and
/// with it.
#[tokio::test]
async fn a_row_that_is_json_and_cannot_be_published_is_a_bad_row() {
    for (defaults, says) in [
        (r#"{"a":9007199254740993}"#.to_owned(), "column defaults: the number 9007199254740993"),
        (r#"{"a":1e400}"#.to_owned(), "column defaults: number out of range"),
        (r#"{"a":1,"a":2}"#.to_owned(), "column defaults: the member a appears twice"),
        (r#"{"a":"\ud800"}"#.to_owned(), "column defaults: "),
        (nested(125), "column defaults: expected a JSON object of at most 124 levels"),
        (nested(1_000), "column defaults: "),
    ] {
        let rows = tempfile::tempdir().unwrap();
        let source = rows_in(rows.path(), "first").await;
        let file = rows.path().join("widget_templates.json");
        let mut templates: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        templates[0]["defaults"] = json!("here");
        templates[1]["layout"] = json!("ROUND");
        std::fs::write(&file, templates.to_string().replace("\"here\"", &defaults)).unwrap();
        let store = format!("file:{}", rows.path().join("store.json").display());
        let run = ["sync", "--json", "--source", &source, "--store", &store];
        let output = program(&run).output().await.unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let message = report["error"]["message"].as_str().unwrap();
        assert_eq!(
            (output.status.code(), report["error"]["code"].as_str()),
            (Some(5), Some("rows_refused")),
            "{message}"
        );
        assert_eq!(report["outcome"], "refused", "{message}");
        assert!(message.contains("column layout: expected null or one of LIST"), "{message}");
        let place = r#"widget_templates.json, row 1 (template_id "faq-classic-light"), "#;
        assert!(message.contains(place) && message.contains(says) && message.len() < 900, "{message}");
        let output = program(&run).args(["--on-bad-row", "quarantine"]).output().await.unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{report}");
        assert_eq!(report["quarantined"][0]["record"], "faq-classic-light");
        assert_eq!(report["entries"][TEMPLATES]["records"], 4);
    }
}

#[tokio::test]
async fn the_deepest_object_that_readers_take_is_published() {
    for (table, column, levels) in [(Table::WidgetTemplates, "descriptor", 124), (Table::WidgetSchemas, "schema", 123)]
    {
        let mut michael = Rows(None).read().await.unwrap();
        for (levels, good) in [(levels, true), (levels + 1, false)] {
            let value: Value = serde_json::from_str(&nested(levels)).unwrap();
            set(rows_of(&mut michael, table), 0, column, value);
            assert_eq!(build(&michael, OnBadRow::Refuse).is_ok(), good, "{table:?}: {levels}");
            let server = Server::start().await;
            let options = RunOptions { on_bad_row: OnBadRow::Quarantine, ..RunOptions::default() };
            let report = sync(&Fixed(michael.clone()), &server.store(), &options).await.unwrap();
            assert_eq!(report.quarantined.is_empty(), good, "{table:?}: {:?}", report.quarantined);
        }
    }
}

#[tokio::test]
async fn the_longest_name_that_readers_look_up_is_published() {
    for (table, column) in [
        (Table::WidgetTemplates, "template_id"),
        (Table::WidgetSchemas, "widget_type"),
        (Table::WidgetSchemas, "schema_version"),
        (Table::PlanFeatures, "plan_id"),
        (Table::PlanLimits, "plan_id"),
    ] {
        for (length, good) in [(LONGEST_NAME, true), (LONGEST_NAME + 1, false)] {
            let mut michael = Rows(None).read().await.unwrap();
            let rows = rows_of(&mut michael, table);
            // In UTF-16, which JavaScript counts in, the last letter has two units.
            let mut row = rows[0].clone();
            row.insert(column.into(), json!(format!("{}\u{1f600}", "x".repeat(length - 2))));
            rows.push(row);
            let built = build(&michael, OnBadRow::Refuse).map_err(|problems| problems[0].0.clone());
            let says = format!("column {column}: expected a name of at most 4096 characters");
            assert!(built.as_ref().map_or_else(|told| !good && told.contains(&says), |_| good), "{table:?}: {built:?}");
            let quarantined = build(&michael, OnBadRow::Quarantine).unwrap().quarantined;
            assert_eq!(quarantined.len(), usize::from(!good), "{table:?}: {quarantined:?}");
            assert!(quarantined.iter().all(|left_out| left_out.record.is_some()), "{table:?}: {quarantined:?}");
        }
    }
}

#[tokio::test]
async fn a_limit_beyond_the_integers_that_readers_take_is_a_bad_row() {
    let change = |michael: &mut Michael| {
        set(rows_of(michael, Table::PlanLimits), 0, "limit_value", json!(9_007_199_254_740_992_u64));
    };
    let michael = Rows(None).read().await.unwrap();
    let plan = michael.rows(Table::PlanLimits)[0].get("plan_id").unwrap().as_str().unwrap().to_owned();
    leaves_out(change, &[(PLANS, Some(&plan))]).await;
}

#[tokio::test]
async fn a_bad_schema_leaves_out_no_other_whose_parts_join_to_the_same_text() {
    let mut michael = Rows(None).read().await.unwrap();
    let schemas = rows_of(&mut michael, Table::WidgetSchemas);
    for (widget_type, version, schema) in [("a@b", "c", json!("no object")), ("a", "b@c", json!({}))] {
        let mut row = schemas[0].clone();
        row.insert("widget_type".into(), json!(widget_type));
        row.insert("schema_version".into(), json!(version));
        row.insert("schema".into(), schema);
        schemas.push(row);
    }
    let content = build(&michael, OnBadRow::Quarantine).unwrap();
    assert_eq!(content.quarantined.len(), 1, "{:?}", content.quarantined);
    assert_eq!(content.quarantined[0].record.as_deref(), Some("a@b@c"));
    let text = &content.payloads[&EntryKey::WidgetSchemas].text;
    assert!(text.contains(r#""a":{"b@c":{"schema":{}}}"#) && !text.contains(r#""a@b""#), "{text}");
}

#[tokio::test]
async fn a_problem_shows_the_beginning_of_a_long_value() {
    let long = json!("x".repeat(10_000));
    for table in Table::ALL {
        for column in table.columns() {
            let mut michael = Rows(None).read().await.unwrap();
            let rows = rows_of(&mut michael, table);
            set(rows, 0, column, long.clone());
            let twin = rows[0].clone();
            rows.push(twin);
            let problems = build(&michael, OnBadRow::Refuse).unwrap_err();
            assert!(problems.iter().all(|problem| problem.0.len() < 1_000), "{table:?}: {column}: {problems:?}");
        }
    }
    let mut michael = Rows(None).read().await.unwrap();
    set(rows_of(&mut michael, Table::WidgetSchemas), 0, "schema", json!({ "$schema": long, "type": "txet" }));
    let problems = build(&michael, OnBadRow::Refuse).unwrap_err();
    assert!(problems.iter().all(|problem| problem.0.len() < 1_000), "{problems:?}");
}
