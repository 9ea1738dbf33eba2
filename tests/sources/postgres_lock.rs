//! The lock: one run for one store at a time, free as soon as its holder is gone, and missed when it is lost.

use std::process::Command;
use std::time::Duration;

use async_trait::async_trait;
use atlas::sync::run::{Report, RunFailure, RunOptions, Runner, SyncError, SystemTimer};
use atlas::sync::signature::Signing;
use atlas::sync::source::built_in::BuiltInSource;
use atlas::sync::source::{Lock, Source, SourceError, Table};
use atlas::sync::store::{Backup, FileStore, Item, Operation, Store, StoreError};
use tokio::time::sleep;

use super::command::LocalStore;
use super::michael::Michael;
use super::server::{READER, until};

const STORE: &str = "ecfg_one";

async fn locked(michael: &Michael) -> Result<Lock, SourceError> {
    michael.source().read_locked(STORE).await.map(|reading| reading.lock.unwrap())
}

/// The lock, which is held, and the server's process that holds it.
async fn held(michael: &Michael) -> (Lock, i32) {
    let lock = locked(michael).await.unwrap();
    lock.still_held().await.unwrap();
    (lock, holders(michael).await[0])
}

/// The server's processes that hold an advisory lock in this database.
async fn holders(michael: &Michael) -> Vec<i32> {
    let sql = "select pid from pg_locks where locktype = 'advisory'
               and database = (select oid from pg_database where datname = current_database())";
    michael.admin.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_second_run_ends_at_once_and_says_who_holds_the_lock() {
    let michael = Michael::phase_1().await;
    let first = michael.source().read_locked(STORE).await.unwrap();
    assert_eq!(first.michael.rows(Table::WidgetTemplates).len(), 6);
    let first = first.lock.unwrap();
    let error = locked(&michael).await.unwrap_err();
    assert!(error.is_locked() && !error.is_transient(), "{error}");
    let pid = holders(&michael).await[0];
    let says = format!(
        "another run holds the lock at postgres://127.0.0.1:{}/{}: process {pid}, role {READER}, application \
         atlas-sync/{}, from 127.0.0.1, since ",
        michael.server.port,
        michael.database,
        env!("CARGO_PKG_VERSION")
    );
    let message = error.to_string();
    let rest = message.strip_prefix(&says).unwrap_or_else(|| panic!("{message}"));
    let (since, rest) = rest.split_once("; ").unwrap();
    assert!(atlas::domain::time::Timestamp::parse(&since.replace('Z', ".000Z")).is_some(), "{since}");
    let end = format!("end it, as that role or as a superuser, with: select pg_terminate_backend({pid})");
    assert_eq!(rest, format!("wait until it ends, or, if it hangs, {end}"));
    first.still_held().await.unwrap();
    first.release().await;
}

#[test]
fn a_lock_that_another_holds_is_exit_code_75() {
    let error = SyncError::from(SourceError::locked("o", "somebody"));
    assert_eq!((error.code(), error.exit_code()), ("locked", 75));
    assert!(error.to_string().ends_with("another run holds the lock at o: somebody"), "{error}");
}

#[tokio::test]
async fn the_command_ends_with_75_and_leaves_the_store_as_it_was() {
    let michael = Michael::phase_1().await;
    let store = LocalStore::new();
    for version in [1, 2] {
        let held = michael.source().read_locked(&store.name()).await.unwrap().lock.unwrap();
        let pid = holders(&michael).await[0];
        let message = store.fails(&michael.url(), (75, "locked"), &[]).await;
        assert!(message.contains(&format!("process {pid}, role {READER}, application atlas-sync/")), "{message}");
        held.release().await;
        store.sync(&michael.url()).await.is("published", version);
        assert!(holders(&michael).await.is_empty());
        michael.admin.batch_execute("update widget_templates set name = 'changed'").await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_that_was_released_can_be_had_at_once() {
    let michael = Michael::phase_1().await;
    for _ in 0..20 {
        locked(&michael).await.unwrap().release().await;
    }
    assert!(holders(&michael).await.is_empty());
}

#[tokio::test]
async fn a_lock_that_was_dropped_is_free_soon() {
    let michael = Michael::phase_1().await;
    drop(locked(&michael).await.unwrap());
    until("free lock", async || holders(&michael).await.is_empty()).await;
    locked(&michael).await.unwrap().release().await;
}

/// Servers and poolers end a transaction that is idle for too long, so it is not left idle while the store is written.
#[tokio::test]
async fn the_transaction_is_kept_from_being_idle_while_the_lock_is_held() {
    let michael = Michael::phase_1().await;
    let held = locked(&michael).await.unwrap();
    let pid = holders(&michael).await[0];
    let sql =
        "select count(*) from pg_stat_activity where pid = $1 and state = 'idle in transaction' and state_change > $2";
    let settled = "select max(state_change) from pg_stat_activity where pid = $1 and state = 'idle in transaction'";
    let mut last: Option<std::time::SystemTime> = None;
    until("idle transaction", async || {
        let before = last;
        last = michael.admin.query_one(settled, &[&pid]).await.unwrap().get(0);
        last.is_some() && last == before
    })
    .await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(16)).await;
    tokio::time::resume();
    let asked = async || michael.admin.query_one(sql, &[&pid, &last.unwrap()]).await.unwrap().get::<_, i64>(0) == 1;
    until("question to the server", asked).await;
    held.still_held().await.unwrap();
    held.release().await;
}

#[tokio::test]
async fn a_lock_whose_connection_was_ended_is_free_and_known_to_be_lost() {
    let michael = Michael::phase_1().await;
    let (first, pid) = held(&michael).await;
    michael.admin.query("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    until("free lock", async || !holders(&michael).await.contains(&pid)).await;
    let second = locked(&michael).await.unwrap();
    let lost = first.still_held().await.unwrap_err();
    assert!(lost.to_string().contains("was lost: "), "{lost}");
    assert!(lost.to_string().contains("terminating connection due to administrator command"), "{lost}");
    // Michael was read: no more is said than that the lock is gone.
    let lost = SyncError::LockLost(lost);
    assert_eq!((lost.code(), lost.exit_code()), ("lock_lost", 4));
    assert!(lost.to_string().starts_with("nothing was written: the lock at "), "{lost}");
    second.still_held().await.unwrap();
    // Letting go of what is lost harms nobody.
    first.release().await;
    second.still_held().await.unwrap();
    second.release().await;
}

/// The server gives its reason once, to whichever statement waits at that moment. Every later one must name it too.
#[tokio::test]
async fn the_reason_for_the_end_is_told_whichever_statement_heard_it() {
    let michael = Michael::phase_1().await;
    let (lock, pid) = held(&michael).await;
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
    };
    signal("-STOP");
    let checks = async { tokio::join!(lock.still_held(), lock.still_held(), lock.still_held()) };
    let end = async {
        // A check has been sent, and is not answered.
        sleep(Duration::from_millis(100)).await;
        michael.admin.query("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
        signal("-CONT");
    };
    let ((one, two, three), ()) = tokio::join!(checks, end);
    for lost in [one, two, three, lock.still_held().await] {
        let lost = lost.unwrap_err().to_string();
        assert!(lost.contains("terminating connection due to administrator command"), "{lost}");
    }
}

#[tokio::test]
async fn runs_for_different_stores_do_not_wait_for_each_other() {
    let michael = Michael::phase_1().await;
    let one = locked(&michael).await.unwrap();
    let other = michael.source().read_locked("ecfg_other").await.unwrap().lock.unwrap();
    one.still_held().await.unwrap();
    other.still_held().await.unwrap();
    one.release().await;
    other.release().await;
}

#[tokio::test]
async fn a_read_that_fails_leaves_no_lock_behind() {
    let michael = Michael::phase_1().await;
    michael.admin.batch_execute("drop table plan_limits").await.unwrap();
    // Often, since without letting go of it the lock is free only a moment later.
    for _ in 0..20 {
        let error = locked(&michael).await.unwrap_err();
        assert!(error.to_string().contains("table plan_limits"), "{error}");
        assert!(holders(&michael).await.is_empty());
    }
}

#[tokio::test]
async fn a_read_without_the_lock_neither_takes_it_nor_waits_for_it() {
    let michael = Michael::phase_1().await;
    let held = locked(&michael).await.unwrap();
    michael.source().read().await.unwrap();
    assert_eq!(holders(&michael).await.len(), 1);
    held.release().await;
}

/// A store that another writer is faster in once; at that moment the server's process that holds the lock stops answering.
struct Overtaken<'a> {
    store: FileStore,
    michael: &'a Michael,
}

#[async_trait]
impl Store for Overtaken<'_> {
    fn describe(&self) -> String {
        STORE.to_owned()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.store.items().await
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        if self.store.items().await?.is_empty() {
            sync(&self.store, &BuiltInSource).await.unwrap();
            let pid = holders(self.michael).await[0];
            // For longer than the end of the transaction is waited for.
            let hangs = format!("kill -STOP {pid}; (sleep 6; kill -CONT {pid}) &");
            assert!(Command::new("sh").args(["-c", &hangs]).status().unwrap().success());
        }
        self.store.patch(operations).await
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        unreachable!("a sync does not ask for them")
    }

    async fn backup(&self, _: &str) -> Result<Vec<Item>, StoreError> {
        unreachable!("a sync does not ask for it")
    }
}

#[tokio::test]
async fn a_run_that_reads_again_waits_for_the_lock_that_its_lost_connection_still_has() {
    let michael = Michael::phase_1().await;
    let directory = tempfile::tempdir().unwrap();
    let store = Overtaken { store: FileStore::new(directory.path().join("store.json"), || 0), michael: &michael };
    michael.admin.batch_execute("update widget_templates set name = 'read again'").await.unwrap();
    assert_eq!(sync(&store, &michael.source()).await.unwrap().version, Some(2));
}

async fn sync(store: &dyn Store, source: &dyn Source) -> Result<Report, RunFailure> {
    let (options, signing) = (RunOptions::default(), Signing::new(Vec::new(), None, Vec::new()).unwrap());
    let (clock, timer, progress) = (&atlas::sync::clock::now, &SystemTimer, &|_| {});
    Runner { store, options: &options, signing: &signing, clock, timer, progress }.sync(source).await
}
