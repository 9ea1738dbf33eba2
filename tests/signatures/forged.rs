//! Somebody holds the store's write token, and wants the job to sign what it never published.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use atlas::domain::report::health::HealthStatus;
use atlas::domain::time::Timestamp;
use atlas::serve::schedule::Cause;
use atlas::serve::{Job, Service, SyncJob, Work, Worker, WriteAllowance};
use atlas::sync::plan::{Guarded, Protection, Stored};
use atlas::sync::run::{Outcome, RunOptions};
use atlas::sync::store::{Backup, FileStore, Item, Json, Operation, Store, StoreError};
use serde_json::{Value, json};

use crate::runs::Careless;
use crate::support::{MadeUp, Place, Rows, UNSIGNED, id, name_in, now, runner, signing, trust};

/// What a thief publishes with this very program, without the key: other content, held, under the next version.
async fn forgery(held: bool) -> Vec<Item> {
    let thief = Place::new();
    thief.sync("forged", &UNSIGNED).await.unwrap();
    thief.sync("other", &UNSIGNED).await.unwrap();
    thief.restore(None, &UNSIGNED, &RunOptions::default()).await.unwrap();
    if !held {
        thief.release(&UNSIGNED).await.unwrap();
    }
    let items = thief.items().await;
    let stands = Stored::of(items.clone());
    assert_eq!((name_in(&stands).as_str(), stands.hold.is_some()), ("forged", held));
    items
}

#[tokio::test]
async fn forged_content_is_replaced_and_not_signed() {
    for held in [true, false] {
        let (place, old) = (Place::new(), signing(&["old"], &[]));
        place.sync("right", &old).await.unwrap();
        place.overwrite(forgery(held).await).await;
        // Without a signing key the forgery is all there is, and a hold keeps it there.
        let unsigned = Place::new();
        unsigned.overwrite(forgery(held).await).await;
        unsigned.sync("right", &UNSIGNED).await.unwrap();
        assert_eq!(name_in(&unsigned.stands().await), if held { "forged" } else { "right" });

        assert!(place.read_with(&["old"]).await.is_err());
        let report = place.sync("right", &old).await.unwrap();
        assert_eq!(report.outcome, Outcome::Published);
        assert!(report.warnings.iter().any(|warning| warning.contains("not signed by a key of this job")));
        assert_eq!(name_in(&place.read_with(&["old"]).await.unwrap()), "right");
    }
}

/// Otherwise a snapshot that lost most of its records, or changed its schemas in place, would end every sync.
#[tokio::test]
async fn a_forged_snapshot_gives_no_protection_a_reason_to_refuse() {
    let (thief, options, old) = (Place::new(), RunOptions::default(), signing(&["old"], &[]));
    runner(&thief.store(), &options, &UNSIGNED).sync(&MadeUp).await.unwrap();
    let forged = thief.items().await;
    // Of a snapshot that counts, both are refused.
    assert_eq!(thief.sync("right", &UNSIGNED).await.unwrap_err().error.code(), "schema_changed_in_place");

    let place = Place::new();
    place.sync("right", &old).await.unwrap();
    place.overwrite(forged).await;
    let report = place.sync("right", &old).await.unwrap();
    assert_eq!(report.outcome, Outcome::Published);
    for told in ["changed in place", "records to be gone"] {
        let told = report.warnings.iter().find(|warning| warning.contains(told)).unwrap();
        assert!(told.starts_with("allowed since this job does not build on what stands: "), "{told}");
    }
    assert_eq!(name_in(&place.read_with(&["old"]).await.unwrap()), "right");
}

/// The content is Michael's, so a heartbeat would sign it, with the versions and times that stand there.
#[tokio::test]
async fn a_version_or_time_that_cannot_be_true_is_not_signed() {
    let ago = |ms: i64| Timestamp::from_millis(now().as_millis() - ms);
    let never = Timestamp::parse("9999-12-31T23:59:59.999Z").unwrap();
    for (manifest, entries, kept) in [
        ((1, ago(2_000)), (1, ago(2_000)), true),
        ((7, ago(2_000)), (3, ago(9_000)), true),
        ((1, never), (1, ago(2_000)), false),
        ((1, never), (1, never), false),
        ((1, ago(-60_000)), (1, ago(2_000)), false),
        ((1, ago(2_000)), (2, ago(2_000)), false),
        ((1, ago(2_000)), (1, ago(1_000)), false),
    ] {
        let (place, old) = (Place::new(), signing(&["old"], &[]));
        place.sync("right", &UNSIGNED).await.unwrap();
        place.reseal(manifest, entries).await;
        let version = manifest.0 + u64::from(!kept);
        let report = place.sync("right", &old).await.unwrap();
        // The store's marker is that of version 1.
        let outcome = if kept { Outcome::Heartbeat } else { Outcome::Published };
        assert_eq!((report.outcome, report.version), (outcome, Some(version)), "{manifest:?} {entries:?}");
        let stands = place.read_with(&["old"]).await.unwrap();
        let snapshot = stands.snapshot.as_ref().unwrap();
        assert!(snapshot.manifest().updated_at() <= now());
        for (key, summary) in snapshot.manifest().entries() {
            let time = snapshot.entry(key).unwrap().updated_at();
            assert_eq!((summary.version, time == entries.1), if kept { (entries.0, true) } else { (version, false) });
        }
        let again = place.sync("right", &old).await.unwrap();
        assert_eq!((again.outcome, again.version), (Outcome::Unchanged, Some(version)));
    }
}

/// A genuine snapshot that has expired, and then a write that is spoiled: its content comes back under a new version.
#[tokio::test]
async fn an_earlier_snapshot_that_is_put_back_is_no_younger() {
    let (place, old, options) = (Place::new(), signing(&["old"], &[]), RunOptions::default());
    place.sync_ago(Duration::from_hours(20), "expired", &old).await;
    let expired = place.stands().await.snapshot.unwrap().manifest().checked_at();
    let failure = runner(&Careless::once(place.store()), &options, &old).sync(&Rows("right")).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7, "{failure}");
    let stands = place.stands().await;
    assert_eq!((stands.version(), name_in(&stands).as_str()), (Some(3), "expired"));
    assert_eq!(stands.snapshot.unwrap().manifest().checked_at(), expired);
    assert_eq!(place.read_with(&["old"]).await.unwrap_err().code(), "expired");

    // What Michael holds as well has been confirmed, whatever became of the write.
    let place = Place::new();
    place.sync_ago(Duration::from_hours(20), "right", &old).await;
    let failure = runner(&Careless::once(place.store()), &options, &old).sync(&Rows("right")).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 7, "{failure}");
    assert_eq!(name_in(&place.read_with(&["old"]).await.unwrap()), "right");
}

/// A genuine snapshot, put back over a later one: a job that goes on running has seen the later one.
#[tokio::test]
async fn a_running_job_takes_no_hold_and_no_refusal_from_a_snapshot_that_was_put_back() {
    let (place, old, options) = (Place::new(), signing(&["old"], &[]), RunOptions::default());
    for name in ["first", "second"] {
        place.sync(name, &old).await.unwrap();
    }
    place.restore(None, &old, &options).await.unwrap();
    let held = place.items().await;
    place.release(&old).await.unwrap();
    place.overwrite(Vec::new()).await;
    runner(&place.store(), &RunOptions { min_version: 10, ..options }, &old).sync(&MadeUp).await.unwrap();
    let larger = place.items().await;
    let shrink = Protection { schema_change: Guarded::DangerAllow, shrink: Guarded::DangerAllow, ..options.protection };
    let allowed = RunOptions { protection: shrink, ..options };
    assert_eq!(place.sync_with("right", &old, &allowed).await.unwrap().version, Some(11));

    for (earlier, error) in [(held, None), (larger, Some("schema_changed_in_place"))] {
        place.overwrite(earlier.clone()).await;
        match place.sync("right", &old).await {
            Ok(report) => assert_eq!((report.outcome, error), (Outcome::Held, None)),
            Err(failure) => assert_eq!(Some(failure.error.code()), error),
        }
        place.overwrite(earlier).await;
        let seen = RunOptions { seen_version: 11, ..options };
        let report = place.sync_with("right", &old, &seen).await.unwrap();
        assert_eq!((report.outcome, report.version), (Outcome::Published, Some(12)));
        assert!(report.warnings.iter().any(|warning| warning.contains("put back in place of version 11")));
        let stands = place.read_with(&["old"]).await.unwrap();
        assert_eq!((name_in(&stands).as_str(), stands.hold), ("right", None));
    }
}

#[tokio::test]
async fn forged_content_is_not_released() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    place.overwrite(forgery(true).await).await;
    let failure = place.release(&old).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("signature_invalid", 5), "{failure}");
    assert!(place.stands().await.signatures().is_empty());
}

/// Anybody with the write token can write any signatures: the checksum does not cover them.
#[tokio::test]
async fn what_is_named_as_a_signature_is_no_signer_and_floods_no_message() {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    let place_with = async |signatures: Value| {
        place.overwrite(Vec::new()).await;
        place.sync("right", &UNSIGNED).await.unwrap();
        let manifest = place.stands().await.manifest.unwrap();
        let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
        manifest["signatures"] = signatures;
        place.store().patch(&[Operation::upsert("atlas_v1_manifest", manifest.into())]).await.unwrap();
    };
    place_with(json!({ id("old"): "AA" })).await;
    for job in [&UNSIGNED, &signing(&[], &["old"])] {
        let report = place.sync("right", job).await.unwrap();
        assert_eq!((report.outcome, report.signed_by), (Outcome::Unchanged, Vec::new()));
        assert!(report.warnings.iter().any(|warning| warning.contains(&id("old"))), "{:?}", report.warnings);
    }

    let many: serde_json::Map<_, _> = (0..1_000).map(|n| (format!("{n} {}", "x".repeat(500)), json!("AA"))).collect();
    place_with(many.into()).await;
    let refused = place.read_with(&["old"]).await.unwrap_err().to_string();
    assert!(refused.contains("and 990 more") && refused.len() < 2_000, "{refused}");
    for job in [&UNSIGNED, &old] {
        let report = place.sync("right", job).await.unwrap();
        let warnings = report.warnings.concat();
        assert!(warnings.contains("and 990 more") && warnings.len() < 3_000, "{warnings}");
    }
}

/// Fast-forward: the signed successor of a forged version would be the last one that readers ever take.
#[tokio::test]
async fn a_version_far_above_the_last_one_is_not_followed_and_the_store_recovers() {
    // Above the second no version is left, and the third is no version at all.
    for version in [9_007_199_254_740_990, 9_007_199_254_740_991, u64::MAX] {
        recovers_from(version).await;
    }
}

async fn recovers_from(version: u64) {
    let (place, old) = (Place::new(), signing(&["old"], &[]));
    for name in ["one", "two", "three"] {
        place.sync(name, &old).await.unwrap();
    }
    let forged = Operation::create(&format!("atlas_v1_rev_{version}"), json!({ "version": version }).into());
    place.store().patch(&[forged]).await.unwrap();
    let failure = place.sync("four", &old).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("signature_invalid", 5), "{failure}");
    assert!(failure.to_string().contains(&format!("version {version}")), "{failure}");
    let unsigned = Place::new();
    unsigned.overwrite(place.items().await).await;
    if let Err(failure) = unsigned.sync("four", &UNSIGNED).await {
        assert!(failure.to_string().contains("delete all keys"), "{failure}");
    }
    assert_eq!(place.read_with(&["old"]).await.unwrap().version(), Some(3));
    // As the message says: everything of Atlas's is deleted, and the next version is above the last one.
    place.overwrite(Vec::new()).await;
    let above = RunOptions { min_version: 4, ..RunOptions::default() };
    let report = place.sync_with("four", &old, &above).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Published, Some(4)));
    place.read_with(&["old"]).await.unwrap();
}

/// A job that goes on running learns no version from what its keys have not signed.
#[tokio::test]
async fn a_running_job_does_not_take_a_forged_version_for_one_that_it_has_seen() {
    let place = Place::new();
    place.sync("one", &signing(&["old"], &[])).await.unwrap();
    let (worker, source, store) = (Worker::start().unwrap(), Box::new(Rows("two")), Box::new(place.store()));
    let (options, signing_with_old, seen_version) =
        (RunOptions::default(), signing(&["old"], &[]), AtomicU64::default());
    let work = Work { source, store, options, signing: signing_with_old, clock: now, seen_version };
    let job = SyncJob::new(worker, Arc::new(work));
    let forged = "atlas_v1_rev_9007199254740990";
    place
        .store()
        .patch(&[Operation::create(forged, json!({ "version": 9_007_199_254_740_990_u64 }).into())])
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(job.run().await.outcome, Outcome::Refused);
        assert_eq!(job.standing().await.unwrap().map(|standing| standing.version), Some(1));
    }
    place.overwrite(Vec::new()).await;
    let above = RunOptions { min_version: 2, ..RunOptions::default() };
    place.sync_with("two", &signing(&["old"], &[]), &above).await.unwrap();
    let report = job.run().await;
    assert_eq!((report.outcome, report.version), (Outcome::Unchanged, Some(2)), "{:?}", report.error);
}

/// Readers with its public key refuse what stands, so it does not count as a snapshot.
#[tokio::test]
async fn a_running_job_that_cannot_replace_a_forgery_says_that_no_snapshot_stands() {
    for (signing, status) in
        [(signing(&["old"], &[]), HealthStatus::Error), (signing(&[], &[]), HealthStatus::Degraded)]
    {
        let place = Place::new();
        place.sync("right", &signing).await.unwrap();
        let job = |name| {
            let (worker, source, store) = (Worker::start().unwrap(), Box::new(Rows(name)), Box::new(place.store()));
            let (options, seen_version) = (RunOptions::default(), AtomicU64::default());
            let signing = self::signing(if signing.is_on() { &["old"][..] } else { &[] }, &[]);
            let work = Work { source, store, options, signing, clock: now, seen_version };
            Service::new(Box::new(SyncJob::new(worker, Arc::new(work))), WriteAllowance::Free)
        };
        let service = job("right");
        service.run_sync(Cause::Start).await.unwrap();
        assert_eq!((service.health().status, service.is_ready()), (HealthStatus::Ok, true));
        assert_eq!(service.signed_by().is_empty(), !signing.is_on());
        place.overwrite(forgery(false).await).await;
        let far = json!({ "version": 9_007_199_254_740_991_u64 }).into();
        place.store().patch(&[Operation::create("atlas_v1_rev_9007199254740991", far)]).await.unwrap();
        assert!(service.run_sync(Cause::Request).await.unwrap().error.is_some());
        let health = service.health();
        assert_eq!((health.status, health.version.is_none()), (status, signing.is_on()));
        assert!(service.signed_by().is_empty());
    }
}

/// Both sides of the limit.
#[tokio::test]
async fn a_million_versions_may_be_skipped_and_no_more() {
    for (version, signed) in [(1_000_000, true), (1_000_001, false)] {
        let (place, old) = (Place::new(), signing(&["old"], &[]));
        place.sync("one", &old).await.unwrap();
        let key = format!("atlas_v1_rev_{version}");
        place.store().patch(&[Operation::create(&key, json!({ "version": version }).into())]).await.unwrap();
        assert_eq!(place.sync("two", &old).await.is_ok(), signed, "{version}");
    }
}

/// A store whose manifest has a member `signatures` as deep as this.
struct Deep(FileStore, usize);

#[async_trait]
impl Store for Deep {
    fn describe(&self) -> String {
        self.0.describe()
    }

    async fn items(&self) -> Result<Vec<Item>, StoreError> {
        let mut items = self.0.items().await?;
        for item in items.iter_mut().filter(|item| item.key == "atlas_v1_manifest") {
            let deep = format!(r#""signatures":{{"z":{}{}}},"updatedAt""#, "[".repeat(self.1), "]".repeat(self.1));
            item.value = Json::from_text(item.value.text().replace("\"updatedAt\"", &deep)).unwrap();
        }
        Ok(items)
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

/// A manifest whose signatures cannot be read is not signed.
#[tokio::test]
async fn signatures_of_any_depth_are_signatures() {
    for depth in 124..130 {
        let (place, old) = (Place::new(), signing(&["old"], &[]));
        place.overwrite(forgery(true).await).await;
        let (store, options) = (Deep(place.store(), depth), RunOptions::default());
        let stored = Stored::of(store.items().await.unwrap());
        let served = stored.signed().is_some_and(|manifest| trust(&["old"]).check(&manifest).is_ok());
        assert_eq!(
            (stored.version().is_some(), stored.signed().is_some(), served),
            (depth <= 125, depth <= 125, false)
        );
        let failure = runner(&store, &options, &old).release().await.unwrap_err();
        assert!(["signature_invalid", "store_unverified"].contains(&failure.error.code()), "{depth}: {failure}");
        assert!(place.stands().await.signatures().is_empty(), "{depth}");
    }
}
