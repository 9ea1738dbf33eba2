//! A run that ends anywhere: the previous snapshot or the new one stands, whole, and the next run ends well.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use async_trait::async_trait;
use atlas::dev::WRITE_TOKEN;
use atlas::sync::run::{Outcome, RunOptions};
use atlas::sync::store::{Backup, Item, Operation, Store, StoreError, VercelStore};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Rows, Server, name_in, program, published, rows_in, sync};

/// A store at which a run stops for ever: at that request, before it is made or after it was answered.
struct Stopping {
    store: VercelStore,
    at: u64,
    after: bool,
    requests: AtomicU64,
    stopped: Arc<Notify>,
}

impl Stopping {
    async fn here(&self, number: u64, after: bool) {
        if number == self.at && after == self.after {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Store for Stopping {
    fn describe(&self) -> String {
        self.store.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        let number = self.requests.fetch_add(1, SeqCst);
        self.here(number, false).await;
        let items = self.store.items().await;
        self.here(number, true).await;
        items
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let number = self.requests.fetch_add(1, SeqCst);
        self.here(number, false).await;
        let done = self.store.patch(operations).await;
        self.here(number, true).await;
        done
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.store.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.store.backup(id).await
    }
}

/// Looks, writes, reads back: three requests, each with a moment before and one after.
#[tokio::test]
async fn a_run_that_stops_at_any_request_leaves_a_whole_snapshot() {
    for first in [false, true] {
        for at in 0..3 {
            for after in [false, true] {
                let server = Server::start().await;
                if !first {
                    published("before", &server.store()).await;
                }
                let stopped = Arc::new(Notify::new());
                let (store, requests) = (server.store(), AtomicU64::new(0));
                let store = Stopping { store, at, after, requests, stopped: Arc::clone(&stopped) };
                let run = tokio::spawn(async move {
                    sync(&Rows::named("after"), &store, &RunOptions::default()).await.map(|_| ())
                });
                let stopped = tokio::time::timeout(Duration::from_secs(20), stopped.notified()).await;
                assert!(stopped.is_ok(), "the run does not come to request {at}");
                run.abort();
                assert!(run.await.unwrap_err().is_cancelled());

                let place = format!("request {at}, after {after}, first {first}");
                let written = at > 1 || (at == 1 && after);
                let stands = server.stands().await;
                if first && !written {
                    assert!(stands.is_empty, "{place}");
                } else {
                    assert_eq!(name_in(&stands), if written { "after" } else { "before" }, "{place}");
                    assert_eq!(server.version().await, u64::from(!first) + u64::from(written), "{place}");
                }
                let next = sync(&Rows::named("after"), &server.store(), &RunOptions::default()).await.unwrap();
                assert_eq!(next.outcome, if written { Outcome::Unchanged } else { Outcome::Published }, "{place}");
                assert_eq!(server.version().await, u64::from(!first) + 1, "{place}");
            }
        }
    }
}

/// The program, killed after this time. Whether it had ended by then.
async fn killed_after(server: &Server, source: &str, time: Duration) -> bool {
    let mut command = program(&["sync", "--source", source, "--store", "vercel", "--edge-config-id", "ecfg_local"]);
    command.args(["--api-url", &server.url]).stdout(Stdio::null()).stderr(Stdio::null());
    command.envs([("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", WRITE_TOKEN)]);
    let mut child = command.spawn().unwrap();
    let ended = tokio::time::timeout(time, child.wait()).await.is_ok();
    if !ended {
        child.kill().await.unwrap();
    }
    ended
}

#[tokio::test]
async fn a_process_killed_at_any_moment_leaves_a_whole_snapshot() {
    let server = Server::start().await;
    published("content 0", &server.store()).await;
    let (mut last, mut cut_short, mut ended) = (1, 0, 0);
    // How long a run takes, as far as is known: other work on the machine makes it longer and shorter meanwhile.
    let mut run_takes = Duration::from_millis(30);
    for round in 1..=40_u32 {
        let rows = tempfile::tempdir().unwrap();
        let source = rows_in(rows.path(), &format!("content {round}")).await;
        // The moments spread evenly, in no order, over a little more than one run.
        let ended_by_itself = killed_after(&server, &source, run_takes * (round * 17 % 40) / 30).await;
        ended += u32::from(ended_by_itself);
        run_takes = if ended_by_itself { run_takes * 7 / 8 } else { run_takes * 17 / 16 };
        // The store may still do what a killed process had sent; so the steps are judged by what stood, one by one.
        let (version, history) = (server.version().await, server.history().await);
        assert!(version >= last && history.windows(2).all(|pair| pair[1] == pair[0] + 1), "{last}: {history:?}");
        cut_short += u64::from(version == last);
        last = version;
    }
    assert!(cut_short > 0, "no run was killed before it had written");
    assert!(ended < 40, "no run was killed at all");
    assert!(last > 1, "every run was killed before it had written");
    assert!(published("the end", &server.store()).await > last);
}

#[tokio::test]
async fn a_process_killed_while_the_store_works_on_its_write_leaves_a_whole_snapshot() {
    for (fault, group, version) in [
        (json!({ "kind": "hang", "on": "writes" }), "writes", 1),
        (json!({ "kind": "hang", "on": "apiReads" }), "apiReads", 1),
    ] {
        let server = Server::start().await;
        published("first", &server.store()).await;
        server.faults(json!([fault])).await;
        let rows = tempfile::tempdir().unwrap();
        let source = rows_in(rows.path(), "second").await;
        let mut command =
            program(&["sync", "--source", &source, "--store", "vercel", "--edge-config-id", "ecfg_local"]);
        command.args(["--api-url", &server.url]).stdout(Stdio::null()).stderr(Stdio::null());
        command.envs([("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", WRITE_TOKEN)]);
        let mut child = command.spawn().unwrap();
        until_pending(&server, group).await;
        child.kill().await.unwrap();
        assert_eq!(server.version().await, version);
        server.faults(json!([])).await;
        assert_eq!(published("second", &server.store()).await, 2);
    }
}

#[tokio::test]
async fn a_person_who_interrupts_is_told_and_leaves_a_whole_snapshot() {
    let server = Server::start().await;
    published("first", &server.store()).await;
    server.faults(json!([{ "kind": "hang", "on": "writes" }])).await;
    let rows = tempfile::tempdir().unwrap();
    let source = rows_in(rows.path(), "second").await;
    let mut command = program(&["sync", "--json", "--source", &source, "--store", "vercel"]);
    command.args(["--edge-config-id", "ecfg_local", "--api-url", &server.url]);
    command.envs([("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", WRITE_TOKEN)]);
    let child = command.spawn().unwrap();
    until_pending(&server, "writes").await;
    let id = child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["outcome"], &report["error"]["code"]), (&json!("failed"), &json!("interrupted")));
    assert_eq!(server.version().await, 1);
}

/// Waits until a request of this kind is under way, for at most 20 s.
async fn until_pending(server: &Server, group: &str) {
    let asking = async { while server.stats(group, "pending").await == 0 {} };
    let asked = tokio::time::timeout(std::time::Duration::from_secs(20), asking).await;
    assert!(asked.is_ok(), "expected {group} to be pending within 20 s");
}
