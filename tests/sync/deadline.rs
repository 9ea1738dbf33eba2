//! After the deadline a run ends soon, and writes nothing any more.

use std::fs::File;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use atlas::domain::time::Timestamp;
use atlas::sync::run::{RunOptions, Runner, Timer};
use atlas::sync::store::{Backup, FileStore, Item, Operation, Store, StoreError};
use serde_json::Value;

use crate::support::{Changing, Server, Skipping, now, program, published, rows_in, runner, until_open};

/// A run that waits for the lock of a store's file used to write when it got it, long after it had failed.
#[tokio::test]
async fn a_run_that_waits_for_the_lock_of_a_file_gives_up_at_its_deadline() {
    let server = Server::start().await;
    published("first", &server.file()).await;
    let before = server.file().items().await.unwrap();
    let lock = File::options().write(true).open(server.state().with_extension("json.lock")).unwrap();
    lock.lock().unwrap();
    let rows = tempfile::tempdir().unwrap();
    let source = rows_in(rows.path(), "second").await;
    let store = format!("file:{}", server.state().display());
    let began = Instant::now();
    let mut command = program(&["sync", "--json", "--deadline", "1s", "--source", &source, "--store", &store]);
    let output = command.output().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), report["error"]["code"].as_str()), (Some(6), Some("store_failed")), "{report}");
    let message = report["error"]["message"].as_str().unwrap();
    assert!(message.contains("the previous snapshot stands, version 1"), "{message}");
    drop(lock);
    // The process is gone, and what is not there now never will be.
    assert_eq!(server.file().items().await.unwrap(), before);
}

/// The same in a process that lives on, as `serve` does.
#[tokio::test]
async fn a_change_of_a_file_that_nobody_waits_for_is_never_made() {
    let server = Server::start().await;
    published("first", &server.file()).await;
    let before = server.file().items().await.unwrap();
    let lock = File::options().write(true).open(server.state().with_extension("json.lock")).unwrap();
    lock.lock().unwrap();
    let file = server.file();
    let write = tokio::spawn(async move { published("second", &file).await });
    // This test's own handle, and that of the write which waits.
    until_open(&server.state().with_extension("json.lock"), 2).await;
    write.abort();
    assert!(write.await.unwrap_err().is_cancelled());
    drop(lock);
    // Whoever waits for the lock now comes after the one that was given up.
    assert_eq!(server.file().items().await.unwrap(), before);
    assert_eq!(published("third", &server.file()).await, 2);
}

#[tokio::test]
async fn a_store_that_hangs_holds_nobody_up_for_two_seconds_after_the_deadline() {
    for on in ["writes", "apiReads"] {
        let server = Server::start().await;
        published("first", &server.store()).await;
        server.faults(serde_json::json!([{ "kind": "hang", "on": on }])).await;
        let rows = tempfile::tempdir().unwrap();
        let source = rows_in(rows.path(), "second").await;
        let mut command = program(&["sync", "--json", "--deadline", "1s", "--source", &source, "--store", "vercel"]);
        command.args(["--edge-config-id", "ecfg_local", "--api-url", &server.url]);
        command.envs([("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", atlas::dev::WRITE_TOKEN)]);
        let began = Instant::now();
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(6), "{output:?}");
        assert!(began.elapsed() < Duration::from_secs(3), "{on}: {:?}", began.elapsed());
        assert_eq!(server.version().await, 1);
    }
}

/// A store that answers a look when the deadline is over.
struct Late<'a>(FileStore, &'a Skipping);

#[async_trait]
impl Store for Late<'_> {
    fn describe(&self) -> String {
        self.0.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.1.sleep(Duration::from_mins(1)).await;
        self.0.items().await
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        self.0.patch(operations).await
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.0.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.0.backup(id).await
    }
}

#[tokio::test]
async fn a_store_that_uses_up_the_deadline_is_not_michaels_fault() {
    let (server, timer, michael) = (Server::start().await, Skipping::new(), Changing::named("first"));
    let (store, options) = (Late(server.file(), &timer), RunOptions::default());
    let failure = runner(&store, &options, &timer).sync(&michael).await.unwrap_err();
    assert_eq!(michael.reads(), 0);
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("store_late", 6), "{failure}");
    let text = failure.to_string();
    assert!(text.contains("before Michael could be asked") && text.contains("the deadline (60 s)"), "{text}");
}

#[tokio::test]
async fn a_clock_that_is_set_meanwhile_changes_nothing_about_how_long_a_run_took() {
    for hours in [1, -1] {
        let (server, timer, looks) = (Server::start().await, Skipping::new(), AtomicI64::new(0));
        let clock = || Timestamp::from_millis(now().as_millis() + hours * 3_600_000 * looks.fetch_add(1, SeqCst));
        let (store, options) = (Late(server.file(), &timer), RunOptions::default());
        let runner = Runner { clock: &clock, ..runner(&store, &options, &timer) };
        let failure = runner.sync(&Changing::named("first")).await.unwrap_err();
        for ms in [failure.duration_ms, failure.steps_ms["readStore"]] {
            assert!((60_000..90_000).contains(&ms), "{hours} h: {ms} ms");
        }
    }
}
