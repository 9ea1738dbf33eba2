//! The marker: what keeps a late writer from undoing what others have published, and what happens when it is missing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use atlas::domain::key::{marked_version, marker};
use atlas::sync::run::{Outcome, Report, RunOptions};
use atlas::sync::store::{Backup, FileStore, Item, Operation, Store, StoreError};
use tokio::sync::Mutex;

use crate::odd_stores::Skewed;
use crate::support::{Changing, Rows, Server, name_in, published, sync};

/// A run that is overtaken, between its look and its write, by one run for each of these states of Michael.
async fn overtaken_by(server: &Server, michael: &Changing, names: &'static [&'static str]) -> Report {
    let (file, theirs) = (server.file(), michael.clone());
    let store = Skewed::once_before_a_write(server.store(), move || {
        let (file, theirs) = (file.clone(), theirs.clone());
        Box::pin(async move {
            for name in names {
                theirs.becomes(name);
                sync(&theirs, &file, &RunOptions::default()).await.unwrap();
            }
        })
    });
    sync(michael, &store, &RunOptions::default()).await.unwrap()
}

#[tokio::test]
async fn a_run_that_was_overtaken_never_publishes_the_rows_that_it_read_before() {
    for others in [&["a"][..], &["a", "b"], &["a", "b", "c"]] {
        for first in [false, true] {
            let server = Server::start().await;
            let mut highest = others.len() as u64;
            if first {
                highest += published("first", &server.store()).await;
            }
            let michael = Changing::named("old");
            let report = overtaken_by(&server, &michael, others).await;
            assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(highest)), "{others:?}, {first}");
            assert_eq!(michael.reads(), others.len() + 2, "the loser did not read again");
            assert_eq!(name_in(&server.stands().await), *others.last().unwrap());
            assert_eq!(server.history().await, (1..=highest).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn a_run_that_was_overtaken_goes_above_all_that_came_before_it() {
    for others in [&["a"][..], &["a", "b"], &["a", "b", "c"]] {
        for first in [false, true] {
            let server = Server::start().await;
            let mut highest = others.len() as u64;
            if first {
                highest += published("first", &server.store()).await;
            }
            // Michael changes once more while the loser reads him again.
            let michael = Changing::named("old");
            michael.becomes_at_read(others.len() + 1, "newest");
            let report = overtaken_by(&server, &michael, others).await;
            assert_eq!(report.version, Some(highest + 1), "{others:?}, {first}");
            assert_eq!(server.version().await, highest + 1);
            assert_eq!(name_in(&server.stands().await), "newest");
            // None was used twice, and none went down, not even for a moment.
            assert_eq!(server.history().await, (1..=highest + 1).collect::<Vec<_>>());
        }
    }
}

/// What is published as version n + 1 was read after n stood: here the store changes while Michael is read.
#[tokio::test]
async fn the_store_is_looked_at_before_michael_is_read() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let (file, michael) = (server.file(), Changing::named("old"));
    michael.during_the_first_read(move || {
        let file = file.clone();
        Box::pin(async move {
            sync(&Rows::named("newer"), &file, &RunOptions::default()).await.unwrap();
        })
    });
    michael.becomes_at_read(1, "newer");
    let report = sync(&michael, &server.store(), &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(2)));
    assert_eq!(name_in(&server.stands().await), "newer");
}

#[tokio::test]
async fn a_missing_marker_is_written_before_anything_else() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    server.file().patch(&[Operation::delete(&marker(1))]).await.unwrap();
    // Two others come between the look and the write of a run that has seen no marker.
    let michael = Changing::named("old");
    let report = overtaken_by(&server, &michael, &["a", "b"]).await;
    // Its own marker came late, beside that of version 3; what it finds unchanged it renews, without the stray one.
    assert_eq!((report.outcome, report.version, server.version().await), (Outcome::Heartbeat, Some(3), 3));
    assert_eq!(name_in(&server.stands().await), "b");
    assert!(server.history().await.is_sorted(), "{:?}", server.history().await);

    let server = Server::start().await;
    published("first", &server.store()).await;
    server.file().patch(&[Operation::delete(&marker(1))]).await.unwrap();
    let beat = RunOptions { heartbeat_ms: 0, ..RunOptions::default() };
    let report = sync(&Rows::named("first"), &server.store(), &beat).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Heartbeat, Some(1)));
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_snapshot_below_a_trace_of_a_higher_version_is_published_above_it() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    let value = serde_json::json!({ "version": 7 }).into();
    server.file().patch(&[Operation::create(&marker(7), value)]).await.unwrap();
    let report = sync(&Rows::named("first"), &server.store(), &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version, report.previous_version), (Outcome::Published, Some(8), Some(1)));
    assert_eq!(server.version().await, 8);
}

#[tokio::test]
async fn a_store_that_was_put_back_in_the_dashboard_goes_above_what_readers_have_seen() {
    let server = Server::start().await;
    for name in ["a", "b", "c"] {
        published(name, &server.store()).await;
    }
    let earliest = server.store().backups().await.unwrap().pop().unwrap();
    server.file().restore(&earliest.id).await.unwrap();
    assert_eq!(server.version().await, 1);

    let at_least = |min_version| RunOptions { min_version, ..RunOptions::default() };
    let report = sync(&Rows::named("a"), &server.store(), &at_least(1)).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(1)));
    let report = sync(&Rows::named("a"), &server.store(), &at_least(4)).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(4)));
    let report = sync(&Rows::named("a"), &server.store(), &at_least(4)).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(4)));
    assert_eq!(published("b", &server.store()).await, 5);
}

#[tokio::test]
async fn items_that_are_not_atlass_are_left_alone() {
    let server = Server::start().await;
    let theirs = Operation::create("flags", serde_json::json!({ "a": [1.50] }).into());
    server.file().patch(std::slice::from_ref(&theirs)).await.unwrap();
    published("a", &server.store()).await;
    published("b", &server.store()).await;
    let items = server.file().items().await.unwrap();
    let found = items.iter().find(|item| item.key == "flags").map(|item| &item.value);
    assert_eq!(found, theirs.value.as_ref());
}

/// Its answer is lost, and another writer publishes above it before the run looks what became of it.
#[tokio::test]
async fn a_run_whose_own_version_was_replaced_does_not_say_that_it_wrote_nothing() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    server.faults(serde_json::json!([{ "kind": "dropAfterWrite", "times": 1 }])).await;
    let (file, michael) = (server.file(), Changing::named("ours"));
    let theirs = michael.clone();
    let store = Skewed::once_before_a_look(server.store(), move || {
        let (file, theirs) = (file.clone(), theirs.clone());
        Box::pin(async move {
            theirs.becomes("theirs");
            sync(&theirs, &file, &RunOptions::default()).await.unwrap();
        })
    });
    let report = sync(&michael, &store, &RunOptions::default()).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(3)));
    assert_eq!(server.history().await, [1, 2, 3]);
    assert!(report.warnings.iter().any(|warning| warning.starts_with("version 2 of this run may have stood")));
    assert_eq!(report.writes, 1);
}

/// A store in which somebody writes after each write of the run, before anything else can be seen.
struct Meddled {
    store: FileStore,
    requests: AtomicU64,
    meddle: fn(&[u64]) -> Vec<Operation>,
    one_at_a_time: Arc<Mutex<()>>,
}

#[async_trait]
impl Store for Meddled {
    fn describe(&self) -> String {
        self.store.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.requests.fetch_add(1, SeqCst);
        let _turn = self.one_at_a_time.lock().await;
        self.store.items().await
    }

    /// A task of its own does both, because a run that gives up at its deadline drops its request anywhere.
    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        self.requests.fetch_add(1, SeqCst);
        let turn = self.one_at_a_time.clone().lock_owned().await;
        let (store, meddle, operations) = (self.store.clone(), self.meddle, operations.to_vec());
        let both = async move {
            let _turn = turn;
            store.patch(&operations).await?;
            let items = store.items().await?;
            let markers = items.iter().filter_map(|item| marked_version(&item.key)).collect::<Vec<_>>();
            store.patch(&meddle(&markers)).await
        };
        tokio::spawn(both).await.unwrap()
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.store.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.store.backup(id).await
    }
}

#[tokio::test]
async fn a_run_whose_markers_somebody_changes_each_time_waits_between_its_tries() {
    let above = |markers: &[u64]| {
        let version = markers.iter().max().map_or(1, |highest| highest + 1);
        vec![Operation::create(&marker(version), serde_json::json!({ "version": version }).into())]
    };
    let gone = |markers: &[u64]| markers.iter().map(|version| Operation::delete(&marker(*version))).collect();
    for (meddle, loses_the_marker) in [(above as fn(&[u64]) -> _, false), (gone, true)] {
        let server = Server::start().await;
        published("first", &server.store()).await;
        if loses_the_marker {
            server.file().patch(&[Operation::delete(&marker(1))]).await.unwrap();
        }
        let (requests, one_at_a_time) = (AtomicU64::new(0), Arc::default());
        let store = Meddled { store: server.file(), requests, meddle, one_at_a_time };
        let options = RunOptions { deadline: Duration::from_secs(5), ..RunOptions::default() };
        let failure = sync(&Rows::named("second"), &store, &options).await.unwrap_err();
        assert_eq!(failure.error.exit_code(), 6, "{failure}");
        let requests = store.requests.load(SeqCst);
        assert!(requests < 100, "{requests} requests: {failure}");
    }
}
