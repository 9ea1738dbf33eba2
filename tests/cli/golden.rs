//! The first sync of Michael's rows gives the golden snapshot, which another implementation made, to the byte.

use atlas::domain::format::canonical::to_canonical;
use atlas::domain::time::Timestamp;
use atlas::sync::run::{RunOptions, Runner, SystemTimer};
use atlas::sync::signature::Signing;
use atlas::sync::source::Source;
use atlas::sync::source::built_in::BuiltInSource;
use atlas::sync::source::file::FileSource;
use atlas::sync::store::{FileStore, Store};
use serde_json::Value;

use crate::support::repository;

const NOW: &str = "2026-11-22T12:00:00.000Z";

async fn first_sync(source: &dyn Source) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("store.json"), || 0);
    let options = RunOptions { heartbeat_ms: 0, ..RunOptions::default() };
    let (signing, clock) = (Signing::new(Vec::new(), None, Vec::new()).unwrap(), || Timestamp::parse(NOW).unwrap());
    let runner = Runner {
        store: &store,
        options: &options,
        signing: &signing,
        clock: &clock,
        timer: &SystemTimer,
        progress: &|_| {},
    };
    runner.sync(source).await.unwrap();
    store.items().await.unwrap().into_iter().map(|item| (item.key, item.value.parsed().unwrap())).collect()
}

#[tokio::test]
async fn michaels_rows_give_the_golden_snapshot_to_the_byte() {
    let golden = std::fs::read_to_string(repository("tests/fixtures/golden/store.json")).unwrap();
    let golden = to_canonical(&serde_json::from_str::<Value>(&golden).unwrap()).unwrap();
    let michael = FileSource::new(repository("src/dev/michael"));
    assert_eq!(to_canonical(&first_sync(&michael).await).unwrap(), golden);
    assert_eq!(to_canonical(&first_sync(&BuiltInSource).await).unwrap(), golden, "the rows that come with the program");
}
