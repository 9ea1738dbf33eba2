//! What the job remembers of its store must not outlive the store's recovery.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use atlas::serve::{Job, SyncJob, Work, Worker};
use atlas::sync::clock::{now, now_ms};
use atlas::sync::run::{Outcome, RunOptions, Runner, SystemTimer};
use atlas::sync::signature::Signing;
use atlas::sync::source::built_in::BuiltInSource;
use atlas::sync::store::{FileStore, Operation, Store};
use serde_json::json;

fn unsigned() -> Signing {
    Signing::new(Vec::new(), None, Vec::new()).unwrap()
}

/// As SECURITY.md has it: delete what is there, and publish above the last version that was published.
async fn recover(store: &FileStore, min_version: u64) {
    let items = store.items().await.unwrap();
    store.patch(&items.iter().map(|item| Operation::delete(&item.key)).collect::<Vec<_>>()).await.unwrap();
    let options = RunOptions { min_version, ..RunOptions::default() };
    let (signing, timer) = (unsigned(), &SystemTimer);
    let runner = Runner { store, options: &options, signing: &signing, clock: &now, timer, progress: &|_| {} };
    runner.sync(&BuiltInSource).await.unwrap();
}

#[tokio::test]
async fn the_job_goes_on_after_a_forged_version_was_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("store.json"), now_ms);
    let work = Work {
        source: Box::new(BuiltInSource),
        store: Box::new(store.clone()),
        options: RunOptions::default(),
        signing: unsigned(),
        clock: now,
        seen_version: AtomicU64::default(),
    };
    let job = SyncJob::new(Worker::start().unwrap(), Arc::new(work));
    assert_eq!(job.run().await.version, Some(1));
    // The highest version that there is, and the last but one, after which the job itself publishes the highest.
    for (highest, outcome) in [((1_u64 << 53) - 1, Outcome::Refused), ((1 << 53) - 2, Outcome::Published)] {
        let forged = Operation::create(&format!("atlas_v1_rev_{highest}"), json!({ "version": highest }).into());
        store.patch(&[forged]).await.unwrap();
        assert_eq!(job.run().await.outcome, outcome);
        job.standing().await.unwrap();
        recover(&store, 2).await;
        let report = job.run().await;
        assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(2)), "{:?}", report.error);
    }
}
