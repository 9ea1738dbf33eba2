//! What a run signs: each manifest that it writes, whatever the reason for the write.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use atlas::sync::plan::Guarded;
use atlas::sync::run::{Outcome, RunOptions};
use atlas::sync::store::{Backup, FileStore, Item, Operation, Store, StoreError};
use serde_json::Value;

use crate::support::{Place, Rows, UNSIGNED, id, name_in, runner, signing};

#[tokio::test]
async fn every_manifest_is_signed() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    let report = place.sync("first", &old).await.unwrap();
    assert_eq!((report.outcome, report.signed_by), (Outcome::Published, vec![id("old")]));
    place.read_with(&["old"]).await.unwrap();

    let unchanged = place.sync("first", &old).await.unwrap();
    assert_eq!((unchanged.outcome, unchanged.signed_by), (Outcome::Unchanged, vec![id("old")]));

    let beat = RunOptions { heartbeat_ms: 0, ..RunOptions::default() };
    let heartbeat = place.sync_with("first", &old, &beat).await.unwrap();
    assert_eq!((heartbeat.outcome, heartbeat.signed_by), (Outcome::Heartbeat, vec![id("old")]));
    place.read_with(&["old"]).await.unwrap();

    place.sync("second", &old).await.unwrap();
    let restored = place.restore(None, &old, &RunOptions::default()).await.unwrap();
    assert_eq!((restored.outcome, restored.signed_by), (Outcome::Published, vec![id("old")]));
    let stands = place.read_with(&["old"]).await.unwrap();
    assert!(stands.hold.is_some() && name_in(&stands) == "first");

    let released = place.release(&old).await.unwrap();
    assert_eq!((released.outcome, released.signed_by), (Outcome::Published, vec![id("old")]));
    assert!(place.read_with(&["old"]).await.unwrap().hold.is_none());
}

#[tokio::test]
async fn a_repair_is_signed() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    place.sync("first", &old).await.unwrap();
    place.store().patch(&[Operation::upsert("atlas_v1_planHints", Value::Null.into())]).await.unwrap();
    let report = place.sync("first", &old).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(2)));
    place.read_with(&["old"]).await.unwrap();
}

#[tokio::test]
async fn signatures_change_nothing_else_in_the_manifest() {
    let (signed, unsigned) = (Place::new(), Place::new());
    signed.sync("first", &signing(&["old"], &[])).await.unwrap();
    unsigned.overwrite(signed.items().await).await;
    let mut manifest = manifest(&signed).await;
    let checksum = manifest["checksum"].clone();
    manifest.as_object_mut().unwrap().remove("signatures");
    unsigned.store().patch(&[Operation::upsert("atlas_v1_manifest", manifest.into())]).await.unwrap();
    let snapshot = unsigned.stands().await.snapshot.unwrap();
    assert_eq!(checksum, snapshot.manifest().checksum().to_string());
}

async fn manifest(place: &Place) -> Value {
    let items = place.items().await;
    items.iter().find(|item| item.key == "atlas_v1_manifest").unwrap().value.parsed().unwrap()
}

#[tokio::test]
async fn a_job_that_gets_a_key_signs_what_stands_with_a_heartbeat() {
    let place = Place::new();
    place.sync("first", &UNSIGNED).await.unwrap();
    assert!(place.read_with(&["old"]).await.is_err());
    let report = place.sync("first", &signing(&["old"], &[])).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Heartbeat, Some(1)));
    assert!(report.warnings.iter().any(|warning| warning.contains("not signed by a key of this job")));
    place.read_with(&["old"]).await.unwrap();
    assert_eq!(place.sync("first", &signing(&["old"], &[])).await.unwrap().outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_job_that_loses_its_key_goes_on_and_says_so_in_every_run() {
    let place = Place::new();
    place.sync("first", &signing(&["old"], &[])).await.unwrap();
    for (name, outcome, readable) in [
        ("first", Outcome::Unchanged, true),
        ("second", Outcome::Published, false),
        ("second", Outcome::Unchanged, false),
    ] {
        let report = place.sync(name, &UNSIGNED).await.unwrap();
        assert_eq!((report.outcome, place.read_with(&["old"]).await.is_ok()), (outcome, readable));
        let warned =
            report.warnings.iter().any(|warning| warning.contains("no signing key") && warning.contains(&id("old")));
        // Once nothing is signed any more, there is nothing to lose.
        assert_eq!(warned, name == "first" || outcome == Outcome::Published, "{:?}", report.warnings);
    }
}

#[tokio::test]
async fn a_plan_signs_nothing() {
    let place = Place::new();
    let dry = RunOptions { dry: true, ..RunOptions::default() };
    let report = place.sync_with("first", &signing(&["old"], &[]), &dry).await.unwrap();
    assert_eq!((report.outcome, report.signed_by), (Outcome::Planned, Vec::new()));
    assert!(place.items().await.is_empty());
}

/// A store that loses the signatures of its first so many writes.
pub struct Careless {
    store: FileStore,
    writes: AtomicU32,
    losing: u32,
}

impl Careless {
    pub fn once(store: FileStore) -> Self {
        Self { store, writes: AtomicU32::new(0), losing: 1 }
    }

    fn always(store: FileStore) -> Self {
        Self { losing: u32::MAX, ..Self::once(store) }
    }
}

#[async_trait]
impl Store for Careless {
    fn describe(&self) -> String {
        self.store.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.store.items().await
    }

    async fn patch(&self, operations: &[Operation]) -> Result<(), StoreError> {
        let mut operations = operations.to_vec();
        if self.writes.fetch_add(1, Ordering::Relaxed) < self.losing {
            for operation in operations.iter_mut().filter(|operation| operation.key == "atlas_v1_manifest") {
                let mut manifest = operation.value.take().unwrap().parsed().unwrap();
                manifest.as_object_mut().unwrap().remove("signatures");
                operation.value = Some(manifest.into());
            }
        }
        self.store.patch(&operations).await
    }

    async fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        self.store.backups().await
    }

    async fn backup(&self, id: &str) -> Result<Vec<Item>, StoreError> {
        self.store.backup(id).await
    }
}

#[tokio::test]
async fn signatures_that_do_not_read_back_are_not_what_was_written() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    place.sync("first", &old).await.unwrap();
    let store = Careless::once(place.store());
    let options = RunOptions::default();
    let failure = runner(&store, &options, &old).sync(&Rows("second")).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7, "{failure}");
    let message = failure.to_string();
    assert!(message.contains("signature_invalid") && message.contains(&id("old")), "{message}");
    assert!(message.contains("published again as version 3, and verified"), "{message}");
    // The previous content stands, signed.
    let stands = place.read_with(&["old"]).await.unwrap();
    assert_eq!((stands.version(), name_in(&stands).as_str()), (Some(3), "first"));
}

/// Whole as it is, a snapshot without its signatures is none that another writer has published.
#[tokio::test]
async fn a_store_that_loses_every_signature_is_told_as_such() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    place.sync("first", &old).await.unwrap();
    let store = Careless::always(place.store());
    let options = RunOptions::default();
    let failure = runner(&store, &options, &old).sync(&Rows("second")).await.unwrap_err();
    let message = failure.to_string();
    assert!(message.contains("published again as version 3, which reads back wrong as well"), "{message}");
    assert_eq!((failure.error.exit_code(), place.stands().await.version()), (7, Some(3)), "{message}");
}

#[tokio::test]
async fn what_was_not_signed_before_is_not_signed_when_it_is_put_back() {
    let place = Place::new();
    place.sync("forged", &UNSIGNED).await.unwrap();
    let store = Careless::once(place.store());
    let (options, old) = (RunOptions::default(), signing(&["old"], &[]));
    let failure = runner(&store, &options, &old).sync(&Rows("right")).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7, "{failure}");
    let stands = place.stands().await;
    assert_eq!((name_in(&stands).as_str(), stands.signatures().is_empty()), ("forged", true));
}

#[tokio::test]
async fn an_unsigned_backup_is_signed_only_if_a_person_allows_it() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    place.sync("unsigned", &UNSIGNED).await.unwrap();
    place.sync("signed", &old).await.unwrap();
    let backups = place.store().backups().await.unwrap();
    let unsigned = backups.first().unwrap().id.clone();
    let failure = place.restore(Some(&unsigned), &old, &RunOptions::default()).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("signature_invalid", 5));
    assert!(failure.to_string().contains("--allow-unsigned"), "{failure}");
    let failure = place.restore(None, &old, &RunOptions::default()).await.unwrap_err();
    assert_eq!(failure.error.code(), "backup_none");
    assert!(failure.to_string().contains(&format!("backup {unsigned} was passed over: ")), "{failure}");
    let allowed = RunOptions { unsigned_backup: Guarded::DangerAllow, ..RunOptions::default() };
    place.restore(Some(&unsigned), &old, &allowed).await.unwrap();
    assert_eq!(name_in(&place.read_with(&["old"]).await.unwrap()), "unsigned");
}
