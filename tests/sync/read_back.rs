//! What stands is not what was sent: the previous content comes back under a new version.

use std::time::Duration;

use atlas::sync::run::{Outcome, RunOptions, Runner, SystemTimer};
use atlas::sync::store::Json;
use serde_json::json;

use crate::odd_stores::{Closing, Skewed};
use crate::support::{Rows, Server, Skipping, name_in, now, published, runner, sync, sync_with};

#[tokio::test]
async fn the_previous_content_is_published_again_as_a_new_version() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let store = Skewed::once_after_a_write(server.store(), |items| {
        items.iter_mut().filter(|item| item.key == "atlas_v1_planHints").for_each(|item| {
            let mut value = item.value.parsed().unwrap();
            value["format"] = json!(2);
            item.value = value.into();
        });
    });
    let failure = sync(&Rows::named("second"), &store, &RunOptions::default()).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("read_back_differs", 7), "{failure}");
    let text = failure.to_string();
    assert!(text.contains("published again as version 3, and verified") && text.contains("planHints"), "{text}");
    assert_eq!(server.version().await, 3);
    assert_eq!(name_in(&server.stands().await), "first");
    assert_eq!(published("second", &server.store()).await, 4);
}

#[tokio::test]
async fn a_store_that_goes_on_showing_damage_is_told_as_such() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let store = Skewed::always_after_a_write(server.store(), |items| items.truncate(1));
    let failure = sync(&Rows::named("second"), &store, &RunOptions::default()).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7);
    assert!(failure.to_string().contains("version 3, which reads back wrong as well"), "{failure}");
    assert_eq!(server.version().await, 3);
}

#[tokio::test]
async fn without_a_previous_content_it_says_so() {
    let server = Server::start().await;
    server.faults(json!([{ "kind": "corrupt", "key": "atlas_v1_widgetSchemas", "on": "apiReads" }])).await;
    let failure = sync(&Rows::named("first"), &server.store(), &RunOptions::default()).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7);
    assert!(failure.to_string().contains("no previous snapshot to put back"), "{failure}");
    server.faults(json!([])).await;
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn the_state_before_the_write_is_read_again_until_it_has_passed() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let kept = atlas::sync::store::Store::items(&server.file()).await.unwrap();
    let store = Skewed::times_after_a_write(server.store(), 4, move |items| *items = kept.clone());
    let report = sync(&Rows::named("second"), &store, &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version, server.version().await), (Outcome::Published, Some(2), 2));
}

#[tokio::test]
async fn an_older_state_than_that_is_read_again_too() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let kept = atlas::sync::store::Store::items(&server.file()).await.unwrap();
    published("second", &server.store()).await;
    let store = Skewed::times_after_a_write(server.store(), 4, move |items| *items = kept.clone());
    let report = sync(&Rows::named("third"), &store, &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(3)));
    assert_eq!((server.version().await, name_in(&server.stands().await)), (3, "third".to_owned()));
}

#[tokio::test]
async fn the_state_before_the_write_is_not_what_was_sent_after_ten_seconds() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let (kept, timer) = (atlas::sync::store::Store::items(&server.file()).await.unwrap(), Skipping::new());
    let store = Skewed::always_after_a_write(server.store(), move |items| *items = kept.clone());
    let failure = sync_with(&Rows::named("second"), &store, &RunOptions::default(), &timer).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("read_back_differs", 7), "{failure}");
    assert!(failure.to_string().contains("a whole snapshot of version 1"), "{failure}");
    let waited: Duration = timer.waits().iter().sum();
    assert!(waited >= Duration::from_secs(10) && waited < Duration::from_secs(25), "{waited:?}");
    assert_eq!((server.version().await, name_in(&server.stands().await)), (3, "first".to_owned()));
}

#[tokio::test]
async fn an_older_state_that_goes_on_being_shown_is_not_another_writers() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let (kept, timer) = (atlas::sync::store::Store::items(&server.file()).await.unwrap(), Skipping::new());
    published("second", &server.store()).await;
    let store = Skewed::always_after_a_write(server.store(), move |items| *items = kept.clone());
    let failure = sync_with(&Rows::named("third"), &store, &RunOptions::default(), &timer).await.unwrap_err();
    let text = failure.to_string();
    assert!(text.contains("published again as version 4, which reads back wrong as well"), "{text}");
    assert_eq!((server.version().await, name_in(&server.stands().await)), (4, "second".to_owned()));
}

#[tokio::test]
async fn patience_that_the_deadline_cuts_short_is_told_as_not_known() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let kept = atlas::sync::store::Store::items(&server.file()).await.unwrap();
    let store = Skewed::always_after_a_write(server.store(), move |items| *items = kept.clone());
    let options = RunOptions { deadline: Duration::from_secs(5), ..RunOptions::default() };
    let failure = sync(&Rows::named("second"), &store, &options).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("not_read_back", 6), "{failure}");
    assert!(failure.to_string().contains("it is not known"), "{failure}");
    let reason = "the store still showed a state before the write when the deadline (5 s) passed";
    assert!(failure.to_string().ends_with(reason), "{failure}");
    assert_eq!(server.version().await, 2);
}

#[tokio::test]
async fn another_writers_newer_snapshot_is_no_error() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let (file, rows) = (server.file(), Rows::named("theirs"));
    let store = Skewed::once_before_a_look(server.store(), move || {
        let (file, rows) = (file.clone(), rows.clone());
        Box::pin(async move {
            sync(&rows, &file, &RunOptions::default()).await.unwrap();
        })
    });
    let report = sync(&Rows::named("ours"), &store, &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(2)));
    assert_eq!(server.version().await, 3);
    assert_eq!(name_in(&server.stands().await), "theirs");
}

#[tokio::test]
async fn another_writer_who_comes_before_it_is_put_back_is_left_standing() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let file = server.file();
    let theirs = move || {
        let file = file.clone();
        Box::pin(async move {
            sync(&Rows::named("theirs"), &file, &RunOptions::default()).await.unwrap();
        }) as _
    };
    let store = Skewed::once_before_a_look(server.store(), theirs).which_shows(|items| items.truncate(1));
    let failure = sync(&Rows::named("ours"), &store, &RunOptions::default()).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7);
    assert!(failure.to_string().contains("version 3, which another writer has published since, stands"), "{failure}");
    assert_eq!((server.version().await, server.history().await), (3, vec![1, 2, 3]));
    assert_eq!(name_in(&server.stands().await), "theirs");
}

#[tokio::test]
async fn another_writers_heartbeat_is_no_error() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let options = RunOptions { heartbeat_ms: 0, ..RunOptions::default() };
    let (file, theirs) = (server.file(), options);
    let store = Skewed::once_before_a_look(server.store(), move || {
        let file = file.clone();
        Box::pin(async move {
            let later = || atlas::domain::time::Timestamp::from_millis(now().as_millis() + 5);
            let runner = Runner { clock: &later, ..runner(&file, &theirs, &SystemTimer) };
            runner.sync(&Rows::named("first")).await.unwrap();
        })
    });
    let report = sync(&Rows::named("first"), &store, &options).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Heartbeat, Some(1)));
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_write_that_cannot_be_read_back_is_told_with_its_version() {
    let server = Server::start().await;
    let store = Closing::after_writes(server.store(), 1);
    let failure = sync(&Rows::named("first"), &store, &RunOptions::default()).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("not_read_back", 6), "{failure}");
    assert!(failure.to_string().contains("the store took version 1"), "{failure}");
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_store_that_spells_a_value_in_another_way_holds_the_same_snapshot() {
    let server = Server::start().await;
    let store = Skewed::always_after_a_write(server.store(), |items| {
        for item in items {
            let spaced = serde_json::to_string_pretty(&item.value.parsed().unwrap()).unwrap();
            let spelled = spaced.replace("\"format\": 1", "\"form\\u0061t\": 1.0e0");
            assert_ne!(spelled, item.value.text());
            item.value = Json::from_text(spelled).unwrap();
        }
    });
    let report = sync(&Rows::named("first"), &store, &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(1)));
    let again = sync(&Rows::named("first"), &store, &RunOptions::default()).await.unwrap();
    assert_eq!((again.outcome, again.version), (Outcome::Unchanged, Some(1)));
}
