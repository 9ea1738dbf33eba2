//! Eight syncs in the same second: versions rise by one each, none is lost, none is used twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use atlas::sync::clock::now;
use atlas::sync::plan::Stored;
use atlas::sync::run::{Outcome, Report, RunOptions, Runner};
use atlas::sync::store::{FileStore, Store};
use serde_json::Value;

use crate::support::{Rows, Server, Skipping, name_in, program, rows_in, runner, whole};

const RUNS: u64 = 8;

/// Eight runs at once, each with content of its own or all with the same; and all in one millisecond, so that those with the
/// same content send the same bytes.
async fn race(store: Arc<dyn Store>, name: impl Fn(u64) -> String) -> Vec<Report> {
    let started = now();
    let runs = (0..RUNS).map(|run| {
        let (store, rows) = (Arc::clone(&store), Rows::named(&name(run)));
        tokio::spawn(async move {
            let (options, timer) = (RunOptions::default(), Skipping::new());
            let clock = || started;
            Runner { clock: &clock, ..runner(store.as_ref(), &options, &timer) }.sync(&rows).await.unwrap()
        })
    });
    let runs: Vec<_> = runs.collect();
    let mut reports = Vec::new();
    for run in runs {
        reports.push(run.await.unwrap());
    }
    reports
}

async fn eight_contents_give_eight_versions(store: Arc<dyn Store>, seen: FileStore) {
    let reports = race(store, |run| format!("content {run}")).await;
    let versions: BTreeSet<_> = reports.iter().map(|report| report.version.unwrap()).collect();
    assert_eq!(versions, (1..=RUNS).collect::<BTreeSet<_>>(), "{reports:#?}");
    let current = Stored::of(seen.items().await.unwrap());
    assert_eq!(whole(&current), RUNS);
    let last = reports.iter().position(|report| report.version == Some(RUNS)).unwrap();
    assert_eq!(name_in(&current), format!("content {last}"));
}

/// Who finds his own bytes in the store may take another's for his. Nothing is lost by that.
async fn one_content_gives_one_version(store: Arc<dyn Store>) {
    let reports = race(store, |_| "the same".to_owned()).await;
    let of = |outcome| reports.iter().filter(|report| report.outcome == outcome).count();
    let (published, unchanged) = (of(Outcome::Published), of(Outcome::Unchanged));
    assert!(published > 0 && (published + unchanged) as u64 == RUNS, "{reports:#?}");
    assert!(reports.iter().all(|report| report.version == Some(1)), "{reports:#?}");
    assert_eq!(reports.iter().map(|report| report.writes).sum::<u32>(), 1, "{reports:#?}");
}

#[tokio::test]
async fn eight_runs_on_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = |name: &str| FileStore::new(directory.path().join(name), || 0);
    eight_contents_give_eight_versions(Arc::new(store("a.json")), store("a.json")).await;
    one_content_gives_one_version(Arc::new(store("b.json"))).await;
}

#[tokio::test]
async fn eight_runs_on_one_store_over_http() {
    let server = Server::start().await;
    eight_contents_give_eight_versions(Arc::new(server.store()), server.file()).await;
    assert_eq!(server.history().await, (1..=RUNS).collect::<Vec<_>>());
    let server = Server::start().await;
    one_content_gives_one_version(Arc::new(server.store())).await;
}

#[tokio::test]
async fn eight_processes_on_a_file_and_over_http() {
    let server = Server::start().await;
    let file = tempfile::tempdir().unwrap();
    let path = file.path().join("store.json");
    let place = format!("file:{}", path.display());
    for vercel in [false, true] {
        let rows: Vec<_> = (0..RUNS).map(|_| tempfile::tempdir().unwrap()).collect();
        let mut children = Vec::new();
        for (run, rows) in rows.iter().enumerate() {
            let source = rows_in(rows.path(), &format!("content {run}")).await;
            let mut command = program(&["sync", "--json", "--source", &source]);
            command.args(["--store", if vercel { "vercel" } else { &place }]);
            command.args(["--edge-config-id", "ecfg_local", "--api-url", &server.url]);
            command.envs([("INTERNAL_ADMIN_KEY", "key"), ("ATLAS_EDGE_CONFIG_TOKEN", atlas::dev::WRITE_TOKEN)]);
            children.push(command.spawn().unwrap());
        }
        let mut versions = BTreeSet::new();
        for child in children {
            let output = child.wait_with_output().await.unwrap();
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["outcome"], "published");
            versions.insert(report["version"].as_u64().unwrap());
        }
        assert_eq!(versions, (1..=RUNS).collect::<BTreeSet<_>>());
        let seen = if vercel { server.file() } else { FileStore::new(&path, || 0) };
        assert_eq!(whole(&Stored::of(seen.items().await.unwrap())), RUNS);
    }
}
