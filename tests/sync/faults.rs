//! Each fault of the store: how the run ends, and what stands. The previous snapshot or the new one, always whole.

use std::time::Duration;

use atlas::dev::WRITE_TOKEN;
use atlas::sync::net::http::Limits;
use atlas::sync::run::{Outcome, RunOptions};
use serde_json::{Value, json};

use crate::support::{Rows, Server, Skipping, name_in, published, sync, sync_with};

/// A store with version 1, and a fault.
async fn with(fault: Value) -> Server {
    let server = Server::start().await;
    assert_eq!(published("first", &server.store()).await, 1);
    server.faults(json!([fault])).await;
    server
}

async fn fails(server: &Server, code: &str) -> String {
    let failure = sync(&Rows::named("second"), &server.store(), &RunOptions::default()).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), (code, 6), "{failure}");
    failure.to_string()
}

async fn succeeds(server: &Server) {
    assert_eq!(published("second", &server.store()).await, 2);
    assert_eq!(server.version().await, 2);
    assert_eq!(name_in(&server.stands().await), "second");
}

#[tokio::test]
async fn one_failure_of_any_request_is_overcome() {
    for on in ["writes", "apiReads"] {
        for fault in [
            json!({ "kind": "status", "status": 500, "on": on, "times": 1 }),
            json!({ "kind": "status", "status": 503, "on": on, "times": 3 }),
            json!({ "kind": "drop", "on": on, "times": 2 }),
            json!({ "kind": "rateLimited", "on": on, "times": 1 }),
        ] {
            succeeds(&with(fault).await).await;
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_for_ever_keeps_the_previous_snapshot() {
    // Only of an answer that says so is it known that the request will not be done later.
    for (fault, code, told) in [
        (json!({ "kind": "status", "status": 500, "on": "writes" }), "store_outcome_unknown", "it is not known"),
        (json!({ "kind": "drop", "on": "writes" }), "store_outcome_unknown", "it is not known"),
        (json!({ "kind": "rateLimited", "on": "writes" }), "store_failed", "the previous snapshot stands"),
    ] {
        let server = with(fault.clone()).await;
        let text = fails(&server, code).await;
        assert!(text.contains("the deadline (60 s)") && text.contains(told), "{text}");
        assert_eq!(server.version().await, 1, "{fault}");
        server.faults(json!([])).await;
        succeeds(&server).await;
    }
    let server = with(json!({ "kind": "status", "status": 502, "on": "apiReads" })).await;
    assert!(fails(&server, "store_failed").await.contains("502 internal_server_error"));
}

#[tokio::test]
async fn retry_after_is_waited_for_and_no_less() {
    let server = with(json!({ "kind": "rateLimited", "retryAfterSeconds": 7, "on": "writes", "times": 2 })).await;
    let timer = Skipping::new();
    sync_with(&Rows::named("second"), &server.store(), &RunOptions::default(), &timer).await.unwrap();
    assert_eq!(timer.waits(), [Duration::from_secs(7), Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_retry_after_of_zero_is_no_leave_to_try_without_waiting() {
    let server = with(json!({ "kind": "rateLimited", "retryAfterSeconds": 0, "on": "writes", "times": 3 })).await;
    let timer = Skipping::new();
    sync_with(&Rows::named("second"), &server.store(), &RunOptions::default(), &timer).await.unwrap();
    let waits = timer.waits();
    assert_eq!(waits.len(), 3);
    for (wait, least) in waits.iter().zip([200, 400, 800]) {
        assert!(*wait >= Duration::from_millis(least), "{waits:?}");
    }
}

#[tokio::test]
async fn a_retry_after_beyond_the_deadline_ends_the_run_at_once() {
    let server = with(json!({ "kind": "rateLimited", "retryAfterSeconds": 61, "on": "writes" })).await;
    let timer = Skipping::new();
    let failure = sync_with(&Rows::named("second"), &server.store(), &RunOptions::default(), &timer).await.unwrap_err();
    assert_eq!(failure.error.exit_code(), 6);
    assert!(!failure.to_string().contains("did not answer"), "it did, at once: {failure}");
    assert!(failure.to_string().contains("429 rate_limited"), "{failure}");
    assert!(timer.waits().is_empty());
}

#[tokio::test]
async fn another_4xx_is_never_asked_again() {
    for status in [400, 401, 402, 403, 404, 412, 413] {
        let server = with(json!({ "kind": "status", "status": status, "on": "writes" })).await;
        let before = server.stats("writes", "requests").await;
        assert!(fails(&server, "store_failed").await.contains(&format!("answered {status}")));
        assert_eq!(server.stats("writes", "requests").await, before + 1, "{status}");
        assert_eq!(server.version().await, 1);
    }
}

#[tokio::test]
async fn a_connection_dropped_after_the_write_is_one_success() {
    let server = with(json!({ "kind": "dropAfterWrite", "times": 1 })).await;
    succeeds(&server).await;
    assert_eq!(server.history().await, [1, 2]);
    let next = sync(&Rows::named("second"), &server.store(), &RunOptions::default()).await.unwrap();
    assert_eq!((next.outcome, next.version), (Outcome::Unchanged, Some(2)));
}

#[tokio::test]
async fn every_answer_dropped_after_the_write_is_one_success_too() {
    succeeds(&with(json!({ "kind": "dropAfterWrite" })).await).await;
    let server = Server::start().await;
    server.faults(json!([{ "kind": "dropAfterWrite" }])).await;
    assert_eq!(published("first", &server.store()).await, 1);
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_write_whose_answer_hangs_is_found_out_when_the_time_is_over() {
    let server = with(json!({ "kind": "hang", "on": "writes" })).await;
    let quick = Limits { request: Duration::from_millis(30), ..Limits::default() };
    let store = server.store_with(WRITE_TOKEN, quick);
    let failure = sync(&Rows::named("second"), &store, &RunOptions::default()).await.unwrap_err();
    assert_eq!((failure.error.code(), failure.error.exit_code()), ("store_outcome_unknown", 6), "{failure}");
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_store_that_hangs_is_given_up_at_the_deadline() {
    for on in ["writes", "apiReads"] {
        let server = with(json!({ "kind": "hang", "on": on })).await;
        let store = server.store();
        let options = RunOptions { deadline: Duration::from_millis(300), ..RunOptions::default() };
        let (rows, timer) = (Rows::named("second"), Skipping::new());
        let failure = sync_with(&rows, &store, &options, &timer).await.unwrap_err();
        assert_eq!(failure.error.exit_code(), 6, "{failure}");
        assert!(failure.to_string().contains("did not answer within the deadline (300 ms)"), "{failure}");
        assert_eq!(server.version().await, 1, "{on}");
    }
}

#[tokio::test]
async fn a_conflict_over_the_marker_starts_the_comparison_again() {
    succeeds(&with(json!({ "kind": "conflict", "times": 3 })).await).await;
    let server = with(json!({ "kind": "conflict" })).await;
    // The store says that it is another than it shows, and goes on showing it up to the deadline.
    assert!(fails(&server, "store_outcome_unknown").await.contains("run `atlas-sync verify`"));
    assert_eq!(server.version().await, 1);
}

#[tokio::test]
async fn a_write_that_may_stand_and_cannot_be_looked_at_is_told_as_such() {
    // Once: the second try is a conflict, and the look after it fails. For ever: no try is answered.
    for fault in [json!({ "kind": "dropAfterWrite", "times": 1 }), json!({ "kind": "dropAfterWrite" })] {
        let server = with(fault).await;
        let store = crate::odd_stores::Closing::after_writes(server.store(), 1);
        let failure = sync(&Rows::named("second"), &store, &RunOptions::default()).await.unwrap_err();
        assert_eq!((failure.error.code(), failure.error.exit_code()), ("store_outcome_unknown", 6), "{failure}");
        assert!(failure.to_string().contains("whether version 2 was written"), "{failure}");
        assert_eq!(server.version().await, 2);
    }
}

#[tokio::test]
async fn a_damaged_store_is_repaired_under_a_new_version() {
    let server = with(json!({ "kind": "corrupt", "key": "atlas_v1_planHints", "on": "apiReads", "times": 1 })).await;
    let report = sync(&Rows::named("first"), &server.store(), &RunOptions::default()).await.unwrap();
    assert_eq!((report.version, report.previous_version), (Some(2), None));
    assert!(report.warnings.iter().any(|warning| warning.contains("planHints")), "{:?}", report.warnings);
    assert_eq!(server.version().await, 2);
}
