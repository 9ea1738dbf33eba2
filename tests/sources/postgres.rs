//! What is read from `PostgreSQL`: the same bytes as from files, of one moment, with no right but to read.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use atlas::sync::source::postgres::PostgresSource;
use atlas::sync::source::{Source, Table};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;

use super::command::LocalStore;
use super::michael::{Michael, Texts, fault, files, payloads, phase_1};
use super::server::{READER, READER_PASSWORD, Server, as_postgres, binaries, until};

/// Numbers, texts and nulls in spellings that differ between JSON, `jsonb` and JavaScript.
const ODD_DEFAULTS: &str = r#"{
    "one": 1.0, "thousand": 1e3, "tenth": 0.1, "zero": -0, "minus": -0.0, "small": 1e-7, "tiny": 5e-324, "long":
    0.1000000000000000055511151231257827, "max": 9007199254740991, "min": -9007199254740991, "third":
    0.333333333333333333, "exact": 123456789.125E-3, "half": 4503599627370495.5, "text": "\u00e9 \ud83d\ude00
    \"quoted\" \\ \/ \u2028 \u007f", "z": null, "a": [null, true, [], {}, ""], "€": 1, "דּ": 2, "😀": 3
}"#;

pub fn odd_rows() -> Texts {
    let mut texts = phase_1();
    let defaults = ODD_DEFAULTS.replace("\n    ", " ");
    texts.insert(
        Table::WidgetTemplates,
        format!(
            r#"[{{"template_id": "odd", "widget_type": "testbutton", "name": "Ödd ☃ 😀", "layout": null, "skin": null,
                 "density": null, "accents": ["a", "b,c", "{{d}}", "\"e\"", "NULL", ""], "premium": null,
                 "schema_version": "2025-09-01", "defaults": {defaults}, "descriptor": {{"n": 1.50}},
                 "created_at": "2025-10-09T10:00:00.123456+02:00"}},
                {{"template_id": "plain", "widget_type": "testbutton", "name": "plain", "layout": "CARD",
                 "skin": "SOFT", "density": "COZY", "accents": null, "premium": true, "schema_version": "2025-09-01",
                 "defaults": null, "descriptor": {{}}, "created_at": "2025-10-09T10:00:00Z"}}]"#
        ),
    );
    texts.insert(
        Table::WidgetSchemas,
        r#"[{"widget_type": "testbutton", "schema_version": "2025-09-01", "schema": {"maximum": 1E2, "multipleOf": 0.50},
            "created_at": "2025-10-09T10:00:00+00:00"}]"#
            .to_owned(),
    );
    texts.insert(
        Table::PlanLimits,
        r#"[{"plan_id": "free", "limit_type": "max", "limit_value": -2147483648, "enforcement": null,
             "grace_amount": null}]"#
            .to_owned(),
    );
    texts
}

#[tokio::test]
async fn the_rows_of_phase_1_give_the_same_bytes_as_files() {
    let (_files, file) = files(&phase_1());
    let michael = Michael::phase_1().await;
    assert_eq!(payloads(&michael.source()).await.unwrap(), payloads(&file).await.unwrap());
}

#[tokio::test]
async fn odd_numbers_texts_and_nulls_give_the_same_bytes_as_files() {
    let (_files, file) = files(&odd_rows());
    let michael = Michael::with(&odd_rows()).await;
    let expected = payloads(&file).await.unwrap();
    assert!(expected.concat().contains(r#""small":1e-7,"#), "{expected:?}");
    assert_eq!(payloads(&michael.source()).await.unwrap(), expected);
}

#[tokio::test]
async fn an_integer_beyond_2_to_the_53_is_a_fault_of_its_row() {
    let michael = Michael::phase_1().await;
    let sql =
        r#"update widget_templates set defaults = '{"a": [9007199254740993]}' where template_id = 'classic-light'"#;
    assert_eq!(michael.admin.execute(sql, &[]).await.unwrap(), 1);
    let read = michael.source().read().await.unwrap();
    let error = fault(&read);
    for part in [&format!("{}, table widget_templates, row ", michael.database), r#"(template_id "classic-light")"#] {
        assert!(error.contains(part), "{error}");
    }
    assert!(error.contains(", column defaults: the number 9007199254740993 is beyond 2^53 - 1"), "{error}");
    // One below is the last that can be read.
    let sql = sql.replace("9007199254740993", "9007199254740991");
    assert_eq!(michael.admin.execute(&sql, &[]).await.unwrap(), 1);
    assert!(payloads(&michael.source()).await.unwrap().concat().contains("[9007199254740991]"));
}

#[tokio::test]
async fn a_role_that_can_only_select_the_four_tables_is_enough() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute("create table other (secret text)").await.unwrap();
    assert_eq!(michael.source().read().await.unwrap().rows(Table::WidgetTemplates).len(), 6);
    let (reader, connection) = tokio_postgres::connect(&michael.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let refused = [
        "update widget_templates set name = 'x'",
        "delete from plan_limits",
        "insert into plan_limits values ('x', 'x', 1, null, null)",
        "truncate widget_schemas",
        "select * from other",
        "create table more (a text)",
    ];
    for sql in refused {
        let error = reader.batch_execute(sql).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{sql}: {error:?}");
    }
}

/// The source reads in a session that cannot write, whatever its role may do.
#[tokio::test]
async fn even_a_role_that_may_write_reads_only() {
    let michael = Michael::phase_1().await;
    michael
        .admin
        .batch_execute(&format!(
            "create function writes() returns text language plpgsql volatile as
               $$ begin update limits_before set limit_value = 0; return 'x'; end $$;
             alter table plan_limits rename to limits_before;
             create view plan_limits as
               select writes() as plan_id, limit_type, limit_value, enforcement, grace_amount from limits_before;
             grant all on all tables in schema public to {READER};"
        ))
        .await
        .unwrap();
    let error = michael.source().read().await.unwrap_err().to_string();
    assert!(error.contains("cannot execute UPDATE in a read-only transaction"), "{error}");
    assert!(error.contains("that reading Michael's tables writes nothing"), "{error}");
}

#[tokio::test]
async fn a_read_beside_a_writer_of_two_tables_is_never_mixed() {
    let michael = Michael::phase_1().await;
    let writer = michael.server.admin(&michael.database).await;
    let (stop, mut stopped) = oneshot::channel::<()>();
    let writing = tokio::spawn(async move {
        let mut revision = 0;
        while stopped.try_recv().is_err() {
            revision += 1;
            let sql = format!(
                "begin; update plan_limits set limit_value = {revision}; \
                 update widget_templates set name = '{revision}'; commit"
            );
            writer.batch_execute(&sql).await.unwrap();
        }
    });
    let source = michael.source();
    let mut seen = BTreeSet::new();
    let began = std::time::Instant::now();
    while seen.len() < 60 {
        assert!(began.elapsed().as_secs() < 120, "expected 60 revisions within 120 s, found {}", seen.len());
        let rows = source.read().await.unwrap();
        let names =
            rows.rows(Table::WidgetTemplates).iter().map(|row| row.get("name").unwrap().as_str().unwrap().to_owned());
        let values = rows.rows(Table::PlanLimits).iter().map(|row| row.get("limit_value").unwrap().to_string());
        let revisions: BTreeSet<_> = names.chain(values).collect();
        if seen.is_empty() && revisions.len() > 1 {
            continue; // The writer has not begun.
        }
        assert_eq!(revisions.len(), 1, "a read has rows of {revisions:?}");
        seen.extend(revisions);
    }
    stop.send(()).unwrap();
    writing.await.unwrap();
}

/// 2,500 templates and 500 schemas, about 1 MB of snapshot, within 64 MB of data.
#[tokio::test]
async fn a_large_michael_is_read_in_little_memory() {
    let michael = Michael::with(&Texts::new()).await;
    let sql = r#"
        insert into widget_schemas (widget_type, schema_version, schema) select 'type.' || n / 5, '2025-09-0' || n % 5,
            jsonb_build_object('type', 'object', 'title', repeat('x', 300), 'properties', '{"a": {"type": "number"}}'::jsonb)
            from generate_series(0, 499) n;
        insert into widget_templates (widget_type, template_id, name, schema_version, defaults, descriptor)
            select 'type.' || n % 100, 'template-' || n, 'Template ' || n, '2025-09-0' || n % 5,
            jsonb_build_object('a', n, 'text', repeat('y', 120)), '{"layout": "CARD"}' from generate_series(0, 2499) n"#;
    michael.admin.batch_execute(sql).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new("sh")
        .args(["-c", r#"ulimit -d 65536; exec "$0" "$@""#, env!("CARGO_BIN_EXE_atlas-sync"), "plan", "--json"])
        .args(["--max-bytes", "2000000"])
        .arg("--store")
        .arg(format!("file:{}", directory.path().join("store.json").display()))
        .env("ATLAS_SOURCE", michael.url())
        // Out of memory, a backtrace would wait for memory for ever.
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["entries"]["atlas:v1:widgetTemplates"]["records"], 2500, "{report}");
    assert_eq!(report["entries"]["atlas:v1:widgetSchemas"]["records"], 500, "{report}");
    assert!(report["bytes"].as_u64().unwrap() > 900_000, "{report}");
}

#[tokio::test]
async fn no_password_is_in_what_a_source_says_of_itself() {
    let server = Server::shared();
    let url = server.url(READER, READER_PASSWORD, "db");
    let source = atlas::sync::source::postgres::PostgresSource::new(&url.into(), None).unwrap();
    assert_eq!(source.describe(), format!("postgres://127.0.0.1:{}/db", server.port));
}

#[tokio::test]
async fn more_rows_than_any_snapshot_holds_are_not_read_to_their_end() {
    let michael = Michael::phase_1().await;
    let sql =
        "insert into plan_limits select repeat('p', 900) || n, 'x', n, null, null from generate_series(1, 40000) n";
    michael.admin.batch_execute(sql).await.unwrap();
    let Err(error) = michael.source().read().await else { panic!("all of them were read") };
    assert!(!error.is_transient(), "{error}");
    let error = error.to_string();
    let says = "table plan_limits: expected at most 16 MB of rows in Michael's tables together, found more";
    assert!(error.contains(says) && error.contains("remove the rows"), "{error}");
    for _ in 0..2 {
        let Err(error) = michael.source().read_locked("a store").await else { panic!("all of them were read") };
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Its text takes the driver several times its length in memory, of which the program gets less here.
#[tokio::test]
async fn a_row_that_is_longer_than_all_may_be_does_not_fill_the_memory() {
    let michael = Michael::phase_1().await;
    let sql = "insert into plan_limits select repeat('p', 150000000), 'x', 1, null, null";
    michael
        .admin
        .batch_execute(&format!("alter table plan_limits drop constraint plan_limits_pkey; {sql}"))
        .await
        .unwrap();
    let store = tempfile::tempdir().unwrap();
    let output = tokio::process::Command::new("sh")
        .args(["-c", "ulimit -v 400000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_atlas-sync"), "plan", "--json"])
        .args(["--store", &format!("file:{}", store.path().join("store.json").display())])
        .env("ATLAS_SOURCE", michael.url())
        .output()
        .await
        .unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("table plan_limits: expected at most 16 MB of rows"), "{report}");
}

/// A run that reads a standby may read older rows than the run before it, which read the primary.
#[tokio::test]
async fn the_rows_of_a_standby_come_with_a_warning() {
    let michael = Michael::on(Box::leak(Box::new(Server::start(&[], |_| {}))), &phase_1()).await;
    let store = LocalStore::new();
    let warned =
        |report: &serde_json::Value| report["warnings"].to_string().contains("is a standby, whose rows may be");
    let primary = store.sync(&michael.url()).await;
    primary.is("published", 1);
    assert!(!warned(&primary.report), "{}", primary.report);

    let directory = michael.server.directory();
    let restart = "touch data/standby.signal && \"$1/pg_ctl\" -D data -w -m fast -l log restart";
    let restarted = as_postgres(directory)
        .args(["-c", restart, "restart"])
        .arg(binaries())
        .current_dir(directory)
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(restarted.success(), "{}", michael.server.log());
    let standby = store.sync(&michael.url()).await;
    standby.is("unchanged", 1);
    assert!(warned(&standby.report), "{}", standby.report);
    let primary = PostgresSource::new(&format!("{}?target_session_attrs=primary", michael.url()).into(), None).unwrap();
    let error = primary.read().await.unwrap_err();
    assert!(error.to_string().contains("expected a primary") && error.is_transient(), "{error}");
    let error = michael.source().listen(&"atlas".parse().unwrap()).await.unwrap_err().to_string();
    assert!(error.contains("cannot execute LISTEN") && error.contains("names the primary"), "{error}");
}

/// Whoever notifies without end must not fill the memory.
#[tokio::test]
async fn no_more_notifications_wait_to_be_heard_than_a_limit() {
    let michael = Michael::phase_1().await;
    let mut listening = michael.source().listen(&"atlas".parse().unwrap()).await.unwrap();
    let many = "select pg_notify('atlas', n::text) from generate_series(1, 100000) n";
    michael.admin.batch_execute(many).await.unwrap();
    let all_sent = async || {
        let usage = michael.admin.query_one("select pg_notification_queue_usage()", &[]).await.unwrap();
        usage.get::<_, f64>(0) == 0.0
    };
    until("empty queue", all_sent).await;
    let mut heard = 0;
    while timeout(Duration::from_millis(500), listening.heard()).await.is_ok() {
        heard += 1;
    }
    assert!((10_000..50_000).contains(&heard), "{heard}");
}
