//! `restore`: an earlier content as a new version.

use std::path::{Path, PathBuf};

use atlas::dev::WRITE_TOKEN;
use atlas::sync::net::http::Limits;
use atlas::sync::run::{Outcome, RestoreHold, RunOptions, SystemTimer};
use atlas::sync::store::{Operation, Store};
use serde_json::json;

use crate::proxy::{Fault, Proxy, Span, Strike};
use crate::support::{Rows, Server, name_in, published, restore, runner, store_at, sync};

#[tokio::test]
async fn the_latest_backup_that_differs_is_published_as_a_new_version() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    let report = restore(&server.store(), None).await.unwrap();
    assert_eq!((report.outcome, report.version, report.previous_version), (Outcome::Published, Some(4), Some(3)));
    assert_eq!(name_in(&server.stands().await), "b");
    assert_eq!(server.version().await, 4);
    assert!(report.warnings.iter().any(|warning| warning.contains("atlas-sync release")), "{:?}", report.warnings);
}

#[tokio::test]
async fn a_backup_that_says_what_stands_is_passed_over() {
    let server = Server::start().await;
    published("a", &server.store()).await;
    published("b", &server.store()).await;
    let beat = RunOptions { heartbeat_ms: 0, ..RunOptions::default() };
    let report = sync(&Rows::named("b"), &server.store(), &beat).await.unwrap();
    assert_eq!(report.outcome, Outcome::Heartbeat);
    restore(&server.store(), None).await.unwrap();
    assert_eq!(name_in(&server.stands().await), "a");
}

/// As after an answer that was lost: the message says to run it again.
#[tokio::test]
async fn restoring_once_more_does_not_bring_back_what_was_replaced() {
    let server = Server::start().await;
    for name in ["old", "good", "bad"] {
        published(name, &server.store()).await;
    }
    restore(&server.store(), None).await.unwrap();
    let again = restore(&server.store(), None).await.unwrap();
    assert_eq!((again.outcome, again.version), (Outcome::Unchanged, Some(4)));
    assert!(again.warnings.iter().any(|warning| warning.contains("restored from backup v2 before")), "{again:?}");
    assert_eq!(name_in(&server.stands().await), "good");
    // Nor does a change of the hold.
    let (store, options) = (server.store(), RunOptions { restored: RestoreHold::No, ..RunOptions::default() });
    let released = runner(&store, &options, &SystemTimer).restore(None).await.unwrap();
    assert_eq!((released.outcome, released.version), (Outcome::Published, Some(5)));
    assert_eq!((name_in(&server.stands().await), server.stands().await.hold), ("good".to_owned(), None));
    // A person may ask for any of them.
    restore(&server.store(), Some("v1")).await.unwrap();
    assert_eq!(name_in(&server.stands().await), "old");
}

#[tokio::test]
async fn a_backup_is_chosen_by_its_id() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    let report = restore(&server.store(), Some("v1")).await.unwrap();
    assert_eq!(report.version, Some(4));
    assert_eq!(name_in(&server.stands().await), "a");
    // What it says stands now, so there is nothing to do.
    let again = restore(&server.store(), Some("v1")).await.unwrap();
    assert_eq!((again.outcome, again.version), (Outcome::Unchanged, Some(4)));
}

#[tokio::test]
async fn an_unknown_id_is_told_with_those_that_there_are() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    let failure = restore(&server.store(), Some("v99")).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("backup_unknown", 2));
    let text = failure.to_string();
    assert!(text.contains("v99") && text.contains("v2 (2026-11-22T12:00:00.000Z), v1 ("), "{text}");
    assert_eq!(server.version().await, 3);
}

#[tokio::test]
async fn a_damaged_backup_is_refused_by_its_id_and_passed_over_without_one() {
    let server = Server::start().await;
    published("a", &server.store()).await;
    published("b", &server.store()).await;
    let spoil = Operation::upsert("atlas_v1_planHints", json!({}).into());
    server.file().patch(&[spoil]).await.unwrap();
    published("c", &server.store()).await;
    let failure = restore(&server.store(), Some("v3")).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("backup_unverified", 5), "{failure}");
    let report = restore(&server.store(), None).await.unwrap();
    assert_eq!(name_in(&server.stands().await), "b");
    assert_eq!(server.version().await, 4);
    let told = "backup v3 was passed over: it holds no whole, verified snapshot";
    assert!(report.warnings.iter().any(|warning| warning == told), "{:?}", report.warnings);
}

/// The file of a backup of the local store.
fn backup_file(server: &Server, id: &str) -> PathBuf {
    server.state().with_extension("json.backups").join(format!("{id}.json"))
}

/// A file that nobody can read, not even root.
fn make_unreadable(file: &Path) {
    std::fs::remove_file(file).unwrap();
    std::fs::create_dir(file).unwrap();
}

#[tokio::test]
async fn a_backup_that_cannot_be_read_is_refused_by_its_id() {
    let server = Server::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        published(name, &server.store()).await;
    }
    std::fs::copy(backup_file(&server, "v1"), backup_file(&server, "v4")).unwrap();
    make_unreadable(&backup_file(&server, "v3"));
    std::fs::write(backup_file(&server, "v2"), "{").unwrap();
    std::fs::remove_file(backup_file(&server, "v1")).unwrap();
    for (store, id) in ["v1", "v2", "v3", "v4"].into_iter().flat_map(|id| [(true, id), (false, id)]) {
        let store: Box<dyn Store> = if store { Box::new(server.file()) } else { Box::new(server.store()) };
        let failure = restore(store.as_ref(), Some(id)).await.unwrap_err();
        assert_eq!((failure.error.code(), failure.error.exit_code()), ("backup_unverified", 5), "{failure}");
        let text = failure.to_string();
        assert!(text.contains(&format!("{id}.json")) && !text.contains("the store could not be read"), "{text}");
    }
    assert_eq!(server.version().await, 5);
}

#[tokio::test]
async fn a_backup_that_cannot_be_read_is_passed_over_and_named() {
    let server = Server::start().await;
    for name in ["a", "b", "c", "d", "e", "f"] {
        published(name, &server.store()).await;
    }
    let (there, copy) = (server.file(), server.copied().await);
    for server in [&server, &copy] {
        std::fs::copy(backup_file(server, "v4"), backup_file(server, "v5")).unwrap();
        make_unreadable(&backup_file(server, "v4"));
        std::fs::write(backup_file(server, "v3"), "{").unwrap();
        std::fs::remove_file(backup_file(server, "v2")).unwrap();
    }
    let (local, remote): (&dyn Store, &dyn Store) = (&there, &copy.store());
    for store in [local, remote] {
        let report = restore(store, None).await.unwrap();
        let names = |id: &str| report.warnings.iter().any(|text| text.contains(&format!("{id}.json")));
        assert!(["v5", "v4", "v3", "v2"].into_iter().all(names) && !names("v1"), "{:?}", report.warnings);
        assert_eq!(report.version, Some(7));
    }
    assert_eq!((name_in(&server.stands().await), name_in(&copy.stands().await)), ("a".to_owned(), "a".to_owned()));
}

#[tokio::test]
async fn where_no_backup_can_be_read_each_is_named() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    make_unreadable(&backup_file(&server, "v2"));
    std::fs::write(backup_file(&server, "v1"), "{").unwrap();
    let none = restore(&server.file(), None).await.unwrap_err();
    assert_eq!((none.error.code(), none.error.exit_code()), ("backup_none", 5), "{none}");
    assert!(none.to_string().contains("v2.json") && none.to_string().contains("v1.json"), "{none}");
    assert_eq!(server.version().await, 3);
}

/// A server with three versions, and a proxy that answers the request for the latest backup, after those for the items and
/// for the list.
async fn answering(status: u16, code: &'static str, at: u64) -> (Server, Proxy) {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    let strike = Strike { fault: Fault::Answers(status, code), at, after: false, span: Span::Once };
    let proxy = Proxy::start(&server.url, strike).await;
    (server, proxy)
}

#[tokio::test]
async fn a_failure_of_the_store_ends_the_search_for_a_backup() {
    let (server, proxy) = answering(403, "forbidden", 2).await;
    let failure = restore(&store_at(&proxy.url, WRITE_TOKEN, Limits::default()), None).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("store_failed", 6), "{failure}");
    assert_eq!(server.version().await, 3);
}

#[tokio::test]
async fn a_backup_whose_answer_is_none_is_refused_by_its_id_and_passed_over_without_one() {
    let (server, proxy) = answering(200, "odd", 0).await;
    let failure = restore(&store_at(&proxy.url, WRITE_TOKEN, Limits::default()), Some("v2")).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("backup_unverified", 5), "{failure}");
    assert!(failure.to_string().contains("expected a backup with its items"), "{failure}");
    assert_eq!(server.version().await, 3);

    let (server, proxy) = answering(200, "odd", 2).await;
    let report = restore(&store_at(&proxy.url, WRITE_TOKEN, Limits::default()), None).await.unwrap();
    assert!(report.warnings.iter().any(|text| text.contains("backup v2 was passed over")), "{:?}", report.warnings);
    assert_eq!((name_in(&server.stands().await), server.version().await), ("a".to_owned(), 4));
}

#[tokio::test]
async fn a_damaged_store_is_restored_from_its_backup() {
    let server = Server::start().await;
    published("a", &server.store()).await;
    let spoil = Operation::upsert("atlas_v1_manifest", json!("gone").into());
    server.file().patch(&[spoil]).await.unwrap();
    let report = restore(&server.store(), None).await.unwrap();
    // The marker of the damaged store still tells its version.
    assert_eq!((report.version, report.previous_version), (Some(2), None));
    assert_eq!(server.version().await, 2);
    let says = "it is not known whether it was restored before";
    assert!(report.warnings.iter().any(|warning| warning.contains(says)), "{:?}", report.warnings);
    // Now that one is held, its backup says so.
    let spoil = Operation::upsert("atlas_v1_manifest", json!("gone").into());
    server.file().patch(&[spoil]).await.unwrap();
    let report = restore(&server.store(), None).await.unwrap();
    assert!(!report.warnings.iter().any(|warning| warning.contains(says)), "{:?}", report.warnings);
}

#[tokio::test]
async fn where_nothing_else_is_kept_nothing_is_written() {
    let server = Server::start().await;
    let failure = restore(&server.store(), None).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("backup_none", 5));
    published("a", &server.store()).await;
    assert!(restore(&server.store(), None).await.unwrap_err().to_string().contains("none among the 0"));
    assert_eq!(server.store().backups().await.unwrap(), []);
    assert_eq!(server.version().await, 1);
}
