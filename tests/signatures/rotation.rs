//! The runbook in SECURITY.md, step by step: at each step every reader that may be deployed then accepts what stands.

use atlas::sync::run::{Outcome, RunOptions};

use crate::support::{Place, id, signing};

/// Readers by the public keys that they have.
const OLD: &[&str] = &["old"];
const BOTH: &[&str] = &["old", "new"];
const NEW: &[&str] = &["new"];

async fn accepted(place: &Place, generations: &[&[&str]], step: &str) {
    for generation in generations {
        place.read_with(generation).await.unwrap_or_else(|error| panic!("{step}: {generation:?}: {error}"));
    }
}

#[tokio::test]
async fn a_rotation_never_leaves_a_reader_behind() {
    let place = Place::new();
    place.sync("same", &signing(&["old"], &[])).await.unwrap();
    accepted(&place, &[OLD], "before").await;
    // 1. Sign with both keys: at once, with the same version.
    let report = place.sync("same", &signing(&["old", "new"], &[])).await.unwrap();
    assert_eq!((report.outcome, report.version), (Outcome::Heartbeat, Some(1)));
    assert_eq!(report.signed_by.len(), 2);
    accepted(&place, &[OLD, BOTH, NEW], "1").await;
    // 2. Deploy readers with both keys: meanwhile both generations run.
    accepted(&place, &[OLD, BOTH], "2").await;
    // 3. Sign with the new key only.
    let report = place.sync("same", &signing(&["new"], &[])).await.unwrap();
    assert_eq!((report.outcome, report.version, report.signed_by), (Outcome::Heartbeat, Some(1), vec![id("new")]));
    accepted(&place, &[BOTH, NEW], "3").await;
    // Which is why step 2 comes before.
    assert!(place.read_with(OLD).await.is_err());
    // 4. Deploy readers with the new key only.
    accepted(&place, &[BOTH, NEW], "4").await;
    // Content that changes meanwhile is signed as well.
    place.sync("changed", &signing(&["new"], &[])).await.unwrap();
    accepted(&place, &[BOTH, NEW], "after").await;
}

#[tokio::test]
async fn a_lost_key_is_replaced_without_a_fallback() {
    let place = Place::new();
    place.sync("same", &signing(&["old"], &[])).await.unwrap();
    place.sync("changed", &signing(&["old"], &[])).await.unwrap();
    place.restore(None, &signing(&["old"], &[]), &RunOptions::default()).await.unwrap();
    // 1. Nobody can sign with the old key any more: readers get both keys first, while its last manifest stands.
    accepted(&place, &[OLD, BOTH], "1").await;
    // 2. Sign with the new key; the old public key keeps a hold that it signed.
    let report = place.sync("same", &signing(&["new"], &["old"])).await.unwrap();
    assert_eq!((report.outcome, report.signed_by), (Outcome::Held, vec![id("new")]));
    assert!(report.hold.is_some());
    accepted(&place, &[BOTH, NEW], "2").await;
    // 3. Readers with the new key only.
    accepted(&place, &[BOTH, NEW], "3").await;
}

#[tokio::test]
async fn a_leaked_key_is_worth_nothing_once_readers_have_dropped_it() {
    let (place, thief) = (Place::new(), signing(&["old"], &[]));
    place.sync("right", &thief).await.unwrap();
    // 1. Sign with both keys. 2. Deploy readers with the new key only: meanwhile both generations run.
    place.sync("right", &signing(&["old", "new"], &[])).await.unwrap();
    accepted(&place, &[OLD, NEW], "2").await;
    // 3. Sign with the new key only.
    place.sync("right", &signing(&["new"], &[])).await.unwrap();
    accepted(&place, &[NEW], "3").await;
    // The thief has the write token too, and publishes with the old key.
    place.sync("forged", &thief).await.unwrap();
    place.read_with(OLD).await.unwrap();
    assert!(place.read_with(NEW).await.is_err());
    // The next sync puts that right.
    place.sync("right", &signing(&["new"], &[])).await.unwrap();
    accepted(&place, &[NEW], "after").await;
}
