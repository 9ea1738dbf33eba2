//! The state file under several writers, and under writers that are killed. The writers are processes: this test
//! program again, told by its environment what to write.

use atlas::sync::clock::now_ms;
use atlas::sync::store::{FileStore, Item, Operation, Store, StoreError, refusal};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const STATE: &str = "ATLAS_TEST_STATE";
const PREFIX: &str = "ATLAS_TEST_PREFIX";
const ITEMS_EACH: usize = 40;
/// Makes a write long enough to be hit by a kill.
const BULK: usize = 400_000;

fn store(path: &Path) -> FileStore {
    FileStore::new(path, now_ms)
}

fn upsert(key: &str, value: Value) -> Operation {
    Operation::upsert(key, value.into())
}

/// Starts this program again, to run one of the ignored tests below.
fn child(test: &str, state: &Path, prefix: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(STATE, state)
        .env(PREFIX, prefix)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn child_store() -> FileStore {
    store(Path::new(&std::env::var_os(STATE).expect("run by another test")))
}

#[tokio::test]
#[ignore = "run as a process of its own by `several_processes_write_without_losing_anything`"]
async fn child_creates_items() {
    let (store, prefix) = (child_store(), std::env::var(PREFIX).unwrap());
    for number in 0..ITEMS_EACH {
        let key = format!("{prefix}_{number}");
        store.patch(&[Operation::create(&key, json!(number).into())]).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "run as a process of its own by `a_killed_writer_leaves_a_whole_state`"]
async fn child_writes_until_it_is_killed() {
    let store = child_store();
    for number in 1_u64.. {
        let bulk = "x".repeat(BULK);
        let operations = [upsert("a", json!(number)), upsert("b", json!(number)), upsert("bulk", json!(bulk))];
        store.patch(&operations).await.unwrap();
        println!("\nwrote {number}");
    }
}

#[tokio::test]
async fn several_processes_write_without_losing_anything() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let children = ["p", "q", "r"].map(|prefix| child("disk::child_creates_items", &path, prefix));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(store(&path).items().await.unwrap().len(), 3 * ITEMS_EACH);
    let revision = format!("\"revision\":{},", 3 * ITEMS_EACH);
    assert!(std::fs::read_to_string(&path).unwrap().contains(&revision));
}

#[tokio::test]
async fn a_killed_writer_leaves_a_whole_state() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    for round in 1..=12_u64 {
        let mut child = child("disk::child_writes_until_it_is_killed", &path, "");
        let wrote = reported_by(&mut child);
        // Every look at a file under its writer's hands is a look at what a kill would leave.
        let began = Instant::now();
        while wrote.load(Ordering::Acquire) < round % 4 + 1 {
            assert!(began.elapsed() < Duration::from_mins(1), "expected more writes within a minute, in round {round}");
            check_whole(&path).await;
        }
        let reported = wrote.load(Ordering::Acquire);
        child.kill().unwrap();
        child.wait().unwrap();

        let number = check_whole(&path).await.unwrap();
        assert!(number >= reported, "a write that was reported is lost, in round {round}");
        let mut names: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names.retain(|name| name != "state.json.tmp");
        assert_eq!(names, ["state.json", "state.json.backups", "state.json.lock"]);
        for backup in store(&path).backups().await.unwrap() {
            assert!(whole(&store(&path).backup(&backup.id).await.unwrap()).is_some(), "{}", backup.id);
        }
    }
}

/// Every backup that is listed is there, whole, and the one that its place says.
async fn check_backups(path: &Path, number: u64) {
    let store = store(path);
    let backups = store.backups().await.unwrap();
    assert_eq!(backups.len() as u64, (number - 1).min(20));
    for (backup, number) in backups.iter().zip((0..number).rev()) {
        let items = store.backup(&backup.id).await.unwrap();
        assert!(items.iter().any(|item| item.key == "a" && item.value == json!(number)), "{}: {number}", backup.id);
    }
}

#[tokio::test]
async fn only_the_backups_that_are_listed_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let names = || -> Vec<_> {
        let entries = std::fs::read_dir(directory.path().join("state.json.backups")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    for number in 1..=23 {
        store(&path).patch(&[upsert("a", json!(number))]).await.unwrap();
    }
    assert_eq!(names().len(), 20);
    check_backups(&path, 23).await;

    // A new history in the same place does not take the old one's files for its own.
    std::fs::remove_file(&path).unwrap();
    for number in 1..=3 {
        store(&path).patch(&[upsert("a", json!(number))]).await.unwrap();
        check_backups(&path, number).await;
    }
    assert_eq!(names().len(), 2);
}

#[tokio::test]
async fn a_state_file_without_its_backups_is_read_and_written_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    for number in 1..=3 {
        store(&path).patch(&[upsert("a", json!(number))]).await.unwrap();
    }
    std::fs::remove_dir_all(directory.path().join("state.json.backups")).unwrap();
    assert_eq!(store(&path).items().await.unwrap()[0].value, json!(3));
    assert!(store(&path).backup("v1").await.is_err());
    store(&path).patch(&[upsert("a", json!(4))]).await.unwrap();
    assert_eq!(store(&path).backup("v3").await.unwrap()[0].value, json!(3));
}

#[tokio::test]
async fn a_backup_whose_file_is_damaged_or_missing_is_told_with_that_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    for number in 1..=5 {
        store(&path).patch(&[upsert("a", json!(number))]).await.unwrap();
    }
    let kept = |id: &str| directory.path().join(format!("state.json.backups/{id}.json"));
    std::fs::copy(kept("v1"), kept("v4")).unwrap();
    std::fs::remove_file(kept("v3")).unwrap();
    std::fs::create_dir(kept("v3")).unwrap();
    std::fs::write(kept("v2"), "{\n").unwrap();
    std::fs::remove_file(kept("v1")).unwrap();
    for (id, found) in
        [("v4", " holds another state"), ("v3", " cannot be read"), ("v2", ", line 2"), ("v1", " is missing")]
    {
        let error = store(&path).backup(id).await.unwrap_err().to_string();
        let file = format!("backup {id}: its file {}", kept(id).display());
        assert!(error.contains(&file) && error.contains(found), "{error}");
        assert!(!error.contains("move the file away") && error.contains("the store itself can be read"), "{error}");
    }
    let unknown = store(&path).backup("v9").await.unwrap_err();
    assert!(matches!(&unknown, StoreError::Refused { code, .. } if code == refusal::BACKUP_NOT_FOUND), "{unknown}");
}

#[tokio::test]
async fn what_somebody_else_has_put_beside_the_backups_stays() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let beside = directory.path().join("state.json.backups");
    std::fs::create_dir(&beside).unwrap();
    let others = ["notes.txt", "good.json", "v.json", "v1.json.kept", "v1 (copy).json", "w1.json"];
    for name in others {
        std::fs::write(beside.join(name), "mine").unwrap();
    }
    // Of another history.
    std::fs::write(beside.join("v99.json"), "{}").unwrap();
    for number in 1..=2 {
        store(&path).patch(&[upsert("a", json!(number))]).await.unwrap();
    }
    for name in others {
        assert!(beside.join(name).exists(), "{name}");
    }
    assert!(beside.join("v1.json").exists() && !beside.join("v99.json").exists());
}

/// The number of the last write that the child reported, kept up to date.
fn reported_by(child: &mut Child) -> Arc<AtomicU64> {
    let wrote = Arc::new(AtomicU64::new(0));
    let (lines, report) = (BufReader::new(child.stdout.take().unwrap()).lines(), Arc::clone(&wrote));
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("wrote ") {
                report.store(number.parse().unwrap(), Ordering::Release);
            }
        }
    });
    wrote
}

/// The number that all items of one of the child's writes carry, or `None` before the first.
async fn check_whole(path: &Path) -> Option<u64> {
    whole(&store(path).items().await.unwrap())
}

fn whole(items: &[Item]) -> Option<u64> {
    let value = |key: &str| items.iter().find(|item| item.key == key).map(|item| item.value.parsed().unwrap());
    let (a, b, bulk) = (value("a")?, value("b").unwrap(), value("bulk").unwrap());
    assert_eq!(a, b, "half of a request");
    assert_eq!(bulk.as_str().unwrap().len(), BULK);
    a.as_u64()
}

#[tokio::test]
async fn what_a_killed_writer_left_is_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    std::fs::write(directory.path().join("state.json.tmp"), "x".repeat(100_000)).unwrap();
    store(&path).patch(&[upsert("a", json!(1))]).await.unwrap();
    assert_eq!(store(&path).items().await.unwrap().len(), 1);
    assert!(!directory.path().join("state.json.tmp").exists());
}

#[tokio::test]
async fn a_missing_file_is_an_empty_store_and_stays_missing_until_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/new/directory/state.json");
    let store = store(&path);
    assert_eq!(store.items().await.unwrap(), []);
    assert_eq!(store.items().await.unwrap(), []);
    assert!(!path.exists());
    store.patch(&[upsert("a", json!(1))]).await.unwrap();
    assert!(path.exists());
}

#[tokio::test]
async fn a_store_says_what_is_wrong_with_a_request_and_stays_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory.path().join("state.json"));
    store.patch(&[upsert("a", json!(1))]).await.unwrap();
    let create = Operation::create("a", json!(2).into());
    let conflict = store.patch(&[upsert("b", json!(1)), create]).await.unwrap_err();
    assert!(matches!(&conflict, StoreError::Conflict { key, .. } if key == "a"), "{conflict}");
    let illegal = store.patch(&[upsert("atlas:v1:manifest", json!(1))]).await.unwrap_err();
    assert!(matches!(&illegal, StoreError::Refused { code, .. } if code == refusal::BAD_REQUEST), "{illegal}");
    assert_eq!(store.items().await.unwrap().len(), 1);
}

#[tokio::test]
async fn earlier_states_can_be_read_without_being_restored() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory.path().join("state.json"));
    store.patch(&[upsert("a", json!({ "z": 1, "b": 2 }))]).await.unwrap();
    store.patch(&[Operation::delete("a")]).await.unwrap();
    let backups = store.backups().await.unwrap();
    assert_eq!(backups.len(), 1);
    let items = store.backup(&backups[0].id).await.unwrap();
    assert_eq!((items[0].key.as_str(), &items[0].value), ("a", &json!({ "z": 1, "b": 2 }).into()));
    assert!(matches!(store.backup("v9").await, Err(StoreError::Refused { .. })));
    assert_eq!(store.items().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let error = store(directory.path()).items().await.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert!(error.to_string().contains(&directory.path().display().to_string()), "{error}");
}
