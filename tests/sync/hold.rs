//! A restored snapshot is held: until it is released, until its time is over, or not at all.

use atlas::domain::time::Timestamp;
use atlas::sync::run::{Outcome, Report, RestoreHold, RunOptions, Runner};
use atlas::sync::store::{Operation, Store, VercelStore};
use serde_json::{Value, json};

use crate::odd_stores::Skewed;
use crate::support::{Changing, Rows, Server, Skipping, name_in, now, program, published, rows_in, runner, sync};

fn beat() -> RunOptions {
    RunOptions { heartbeat_ms: 0, ..RunOptions::default() }
}

async fn runs(store: &VercelStore, options: &RunOptions, at: Timestamp, work: &str) -> Report {
    let (timer, clock) = (Skipping::new(), move || at);
    let runner = Runner { clock: &clock, ..runner(store, options, &timer) };
    match work {
        "restore" => runner.restore(None).await,
        "release" => runner.release().await,
        name => runner.sync(&Rows::named(name)).await,
    }
    .unwrap()
}

async fn restored(hold: RestoreHold) -> (Server, Timestamp) {
    let server = Server::start().await;
    published("good", &server.store()).await;
    published("bad", &server.store()).await;
    let (at, options) = (now(), RunOptions { restored: hold, ..RunOptions::default() });
    let report = runs(&server.store(), &options, at, "restore").await;
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(3)));
    (server, at)
}

#[tokio::test]
async fn a_sync_publishes_nothing_while_a_restored_snapshot_is_held() {
    let (server, at) = restored(RestoreHold::UntilReleased).await;
    let store = server.store();
    let later = |hours: i64| Timestamp::from_millis(at.as_millis() + hours * 3_600_000);
    for (hours, options, checked) in [(1, RunOptions::default(), 0), (7, RunOptions::default(), 7), (8, beat(), 8)] {
        let report = runs(&store, &options, later(hours), "bad").await;
        assert_eq!((report.outcome, report.version), (Outcome::Held, Some(3)), "{hours}");
        assert_eq!(report.checked_at, Some(later(checked).to_string()));
        assert!(report.warnings.iter().any(|warning| warning.contains("atlas-sync release")), "{:?}", report.warnings);
        assert_eq!((server.version().await, name_in(&server.stands().await)), (3, "good".to_owned()));
    }
    let report = runs(&store, &RunOptions::default(), later(9), "release").await;
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(4)));
    assert_eq!((server.version().await, name_in(&server.stands().await)), (4, "good".to_owned()));
    let report = runs(&store, &RunOptions::default(), later(10), "bad").await;
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(5)));
    assert_eq!(name_in(&server.stands().await), "bad");
}

#[tokio::test]
async fn michael_is_not_even_read_while_it_is_held() {
    let (server, _) = restored(RestoreHold::UntilReleased).await;
    let michael = Changing::named("bad");
    let report = sync(&michael, &server.store(), &beat()).await.unwrap();
    assert_eq!((report.outcome, michael.reads()), (Outcome::Held, 0));
}

#[tokio::test]
async fn what_is_put_back_in_place_of_damage_is_still_held() {
    let (server, _) = restored(RestoreHold::UntilReleased).await;
    let hold = server.stands().await.hold;
    let store = Skewed::once_after_a_write(server.store(), |items| items.truncate(1));
    let failure = sync(&Rows::named("bad"), &store, &beat()).await.unwrap_err();
    assert_eq!(failure.error.code(), "read_back_differs", "{failure}");
    assert_eq!((server.version().await, name_in(&server.stands().await)), (4, "good".to_owned()));
    assert!(hold.is_some() && server.stands().await.hold == hold);
}

#[tokio::test]
async fn a_hold_with_a_time_ends_with_it() {
    let (server, at) = restored(RestoreHold::For(3_600_000)).await;
    let moment = |ms: i64| Timestamp::from_millis(at.as_millis() + ms);
    let held = runs(&server.store(), &beat(), moment(3_599_999), "bad").await;
    assert_eq!((held.outcome, held.version), (Outcome::Held, Some(3)));
    let report = runs(&server.store(), &RunOptions::default(), moment(3_600_000), "bad").await;
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(4)));
}

#[tokio::test]
async fn without_a_hold_the_next_sync_publishes() {
    let (server, _) = restored(RestoreHold::No).await;
    assert_eq!(published("bad", &server.store()).await, 4);
    assert_eq!(server.stands().await.hold, None);
}

#[tokio::test]
async fn releasing_what_is_not_held_writes_nothing() {
    let server = Server::start().await;
    published("good", &server.store()).await;
    let report = runs(&server.store(), &RunOptions::default(), now(), "release").await;
    assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(1)));
}

#[tokio::test]
async fn releasing_what_does_not_verify_writes_nothing() {
    let server = Server::start().await;
    let release = async || {
        let (store, options, timer) = (server.store(), RunOptions::default(), Skipping::new());
        let code = runner(&store, &options, &timer)
            .release()
            .await
            .map_err(|failure| (failure.error.code(), failure.error.exit_code()));
        assert_eq!(code.map(|report| report.outcome), Err(("store_unverified", 8)));
    };
    release().await;
    assert!(server.stands().await.is_empty);
    published("good", &server.store()).await;
    let damage = Operation::upsert("atlas_v1_widgetTemplates", json!({ "a": 1 }).into());
    server.store().patch(&[damage]).await.unwrap();
    let before = server.file().items().await.unwrap();
    release().await;
    assert_eq!(server.file().items().await.unwrap(), before);
}

/// As `serve` does it, which remembers what it has seen.
#[tokio::test]
async fn a_version_that_was_seen_is_not_used_twice() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    let earliest = server.store().backups().await.unwrap().pop().unwrap();
    server.file().restore(&earliest.id).await.unwrap();
    assert_eq!(server.version().await, 1);
    let seen = RunOptions { seen_version: 3, ..RunOptions::default() };
    for (name, version) in [("a", 4), ("d", 5)] {
        let report = sync(&Rows::named(name), &server.store(), &seen).await.unwrap();
        assert_eq!((report.outcome, report.version), (Outcome::Published, Some(version)));
    }
}

#[tokio::test]
async fn the_program_holds_and_releases() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("file:{}", directory.path().join("store.json").display());
    let ask = async |arguments: &[&str]| -> Value {
        let output = program(arguments).args(["--store", &store, "--json"]).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let [good, bad] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (good, bad) = (rows_in(good.path(), "good").await, rows_in(bad.path(), "bad").await);
    let outcome = |report: &Value| (report["outcome"].as_str().unwrap().to_owned(), report["version"].clone());
    let expect =
        |report: &Value, name: &str, version: u64| assert_eq!(outcome(report), (name.to_owned(), version.into()));
    expect(&ask(&["sync", "--source", &good]).await, "published", 1);
    expect(&ask(&["sync", "--source", &bad]).await, "published", 2);
    expect(&ask(&["restore", "--hold", "24h"]).await, "published", 3);
    expect(&ask(&["sync", "--source", &bad]).await, "held", 3);
    expect(&ask(&["release"]).await, "published", 4);
    expect(&ask(&["sync", "--source", &bad]).await, "published", 5);
    expect(&ask(&["restore", "--no-hold"]).await, "published", 6);
    expect(&ask(&["sync", "--source", &bad]).await, "published", 7);
}

#[tokio::test]
async fn status_and_plan_show_a_hold_to_people_and_to_machines() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("file:{}", directory.path().join("store.json").display());
    let [good, bad] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (good, bad) = (rows_in(good.path(), "good").await, rows_in(bad.path(), "bad").await);
    let text = async |arguments: &[&str]| -> String {
        let output = program(arguments).args(["--store", &store]).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let object = async |arguments: &[&str]| -> Value {
        serde_json::from_str(&text(&[arguments, &["--json"]].concat()).await).unwrap()
    };
    text(&["sync", "--source", &good]).await;
    text(&["sync", "--source", &bad]).await;
    assert_eq!(object(&["status"]).await["hold"], Value::Null);
    assert!(!text(&["status"]).await.contains("held"));

    for (hold, until) in [(&[][..], Value::Null), (&["--hold", "24h"], "20".into())] {
        text(&[&["restore"][..], hold].concat()).await;
        let shown = object(&["status"]).await["hold"].clone();
        assert_eq!(shown["until"].as_str().map(|time| &time[..2]), until.as_str(), "{shown}");
        let backup = shown["restoredFrom"].as_str().unwrap();
        let line = format!(
            "until {}: backup {backup} was restored",
            shown["until"].as_str().unwrap_or("`atlas-sync release`")
        );
        for arguments in [&["status"][..], &["plan", "--source", &bad], &["sync", "--source", &bad]] {
            let shown_text = text(arguments).await;
            assert!(shown_text.contains(&line), "{arguments:?}: {shown_text}");
            assert_eq!(object(arguments).await["hold"], shown, "{arguments:?}");
        }
        let plan = text(&["plan", "--source", &bad]).await;
        assert!(
            plan.contains("held: the restored version") && plan.contains("Michael's rows would not be published"),
            "{plan}"
        );
        let plan = object(&["plan", "--source", &bad]).await;
        assert_eq!(plan["outcome"], "planned");
        assert_eq!(plan["diff"], json!({ "added": 0, "changed": 6, "removed": 0 }), "what a release would lead to");
        text(&["release"]).await;
        text(&["sync", "--source", &bad]).await;
    }
    assert_eq!(object(&["status"]).await["hold"], Value::Null);
}
