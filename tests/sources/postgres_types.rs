//! Whatever types Michael's columns have, the same values give the same bytes.

use std::time::Duration;

use atlas::sync::content::{OnBadRow, build};

use super::command::LocalStore;
use super::michael::{Michael, payloads};

/// Enough templates that their rows come in many frames.
const MANY: &str = r#"
    insert into widget_schemas (widget_type, schema_version, schema) values ('many', '2025-09-01', '{}');
    insert into widget_templates
        (widget_type, template_id, name, layout, skin, density, accents, premium, schema_version, defaults, descriptor)
        select 'many', 'many-' || n, 'Many ' || n, 'CARD', 'SOFT', 'COZY', array['a', 'b'], n % 2 = 0, '2025-09-01',
               jsonb_build_object('text', repeat('y', 500)), '{"layout": "CARD"}'
        from generate_series(1, 400) n"#;

/// Enums, `citext`, a domain, numbers with a scale, `json` and `varchar`, where Phase 1 has `text` and the like.
const OTHER_TYPES: &str = "
    alter table widget_templates drop constraint widget_templates_layout_check, drop constraint widget_templates_skin_check;
    alter table plan_limits drop constraint plan_limits_enforcement_check;
    create extension citext;
    create type layout as enum ('LIST', 'GRID', 'CAROUSEL', 'CARD', 'ACCORDION', 'MARQUEE', 'STACKED', 'INLINE');
    create type enforcement as enum ('soft', 'hard');
    create type accent as enum ('a', 'b');
    create domain skin as citext;
    alter table widget_templates
        alter layout type layout using layout::layout, alter skin type skin, alter template_id type citext,
        alter name type varchar(80), alter defaults type json, alter widget_type type citext;
    alter table widget_schemas alter widget_type type citext, alter schema type json;
    alter table plan_features alter plan_id type citext;
    alter table plan_limits
        alter limit_value type numeric(12, 2), alter grace_amount type bigint,
        alter enforcement type enforcement using enforcement::enforcement";

#[tokio::test]
async fn enum_and_citext_columns_give_the_same_bytes_as_text() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute(MANY).await.unwrap();
    let expected = payloads(&michael.source()).await.unwrap();
    assert!(expected.concat().contains(r#""many-400":{"#));
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    michael.admin.batch_execute(OTHER_TYPES).await.unwrap();
    let source = michael.source();
    let reading = tokio::time::timeout(Duration::from_secs(10), payloads(&source)).await;
    assert_eq!(reading.unwrap().unwrap(), expected);
    store.run("sync", &michael.url(), &["--deadline", "20s"]).await.is("unchanged", 1);
    assert_eq!(store.stands().await, (1, expected));
}

#[tokio::test]
async fn a_change_in_enum_and_citext_columns_is_published() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute(OTHER_TYPES).await.unwrap();
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    let rename = "update widget_templates set layout = 'MARQUEE', skin = 'GLASS' where template_id = 'CLASSIC-light'";
    assert_eq!(michael.admin.execute(rename, &[]).await.unwrap(), 1, "citext compares without case");
    let ended = store.sync(&michael.url()).await;
    ended.is("published", 2);
    assert_eq!(ended.report["diff"], serde_json::json!({ "added": 0, "changed": 1, "removed": 0 }));
    let (version, content) = store.stands().await;
    assert_eq!((version, &content), (2, &payloads(&michael.source()).await.unwrap()));
    assert!(content.concat().contains(r#""layout":"MARQUEE""#), "{content:?}");
}

/// A word that an enum allows and the snapshot does not.
#[tokio::test]
async fn an_enums_word_that_readers_do_not_know_is_refused() {
    let michael = Michael::phase_1().await;
    let store = LocalStore::new();
    store.sync(&michael.url()).await.is("published", 1);
    michael.admin.batch_execute(OTHER_TYPES).await.unwrap();
    let sql = "alter type layout add value 'SPIRAL'";
    michael.admin.batch_execute(sql).await.unwrap();
    let sql = "update widget_templates set layout = 'SPIRAL' where template_id = 'classic-light'";
    michael.admin.batch_execute(sql).await.unwrap();
    let message = store.fails(&michael.url(), (5, "rows_refused"), &[]).await;
    let says = r#"(template_id "classic-light"), column layout: expected null or one of LIST, "#;
    assert!(message.contains(says) && message.contains(r#"found "SPIRAL""#), "{message}");
    assert_eq!(store.stands().await.0, 1);
}

#[tokio::test]
async fn a_number_that_is_no_integer_is_refused_with_its_place() {
    let michael = Michael::phase_1().await;
    let sql = "alter table plan_limits alter limit_value type numeric(12, 2);
               update plan_limits set limit_value = 2.50 where plan_id = 'free'";
    michael.admin.batch_execute(sql).await.unwrap();
    let read = atlas::sync::source::Source::read(&michael.source()).await.unwrap();
    let problems = build(&read, OnBadRow::Refuse).unwrap_err();
    assert!(problems[0].0.contains("column limit_value: expected an integer or null, found 2.5"), "{problems:?}");
    let message = LocalStore::new().fails(&michael.url(), (5, "rows_refused"), &[]).await;
    assert!(message.contains("column limit_value: expected an integer or null, found 2.5"), "{message}");
}

/// The server's clock comes with the rows, as it was when they had all been given.
#[tokio::test]
async fn the_servers_time_comes_with_the_rows() {
    let michael = Michael::phase_1().await;
    let now = atlas::sync::clock::now;
    let before = now();
    let read = atlas::sync::source::Source::read(&michael.source()).await.unwrap();
    let clock = read.clock.unwrap();
    assert!(before.as_millis() <= clock.as_millis() && clock.as_millis() <= now().as_millis(), "{before} {clock}");
}
