//! Faults: what each one does, to which requests, and for how many.

use crate::support::{API, Server, reader, send, writer};
use hyper::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn store() -> Server {
    let server = Server::start().await;
    server.put(json!({ "a": { "text": "hello" }, "b": 1 })).await;
    server.put(json!({ "b": 2 })).await;
    server
}

#[tokio::test]
async fn a_status_is_answered_for_as_many_requests_as_asked() {
    let server = store().await;
    server.faults(json!([{ "kind": "status", "status": 503, "on": "reads", "times": 2 }])).await;
    let statuses = [server.read("/items").await.status, server.read("/items").await.status];
    assert_eq!(statuses, [503, 503]);
    assert_eq!(server.read("/items").await.status, 200);
}

#[tokio::test]
async fn a_fault_is_for_the_requests_that_it_names() {
    let server = store().await;
    for (on, reads, writes, looks) in
        [("reads", 500, 200, 200), ("writes", 200, 500, 200), ("apiReads", 200, 200, 500), ("both", 500, 500, 500)]
    {
        server.faults(json!([{ "kind": "status", "status": 500, "on": on }])).await;
        let upsert = json!([{ "operation": "upsert", "key": "b", "value": 2 }]);
        let found = (
            server.read("/items").await.status,
            server.patch(upsert).await.status,
            server.api(Method::GET, "/items", &Value::Null).await.status,
        );
        assert_eq!(found, (reads, writes, looks), "{on}");
    }
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let server = store().await;
    server.faults(json!([{ "kind": "rateLimited", "retryAfterSeconds": 7 }])).await;
    let answer = server.patch(json!([{ "operation": "upsert", "key": "b", "value": 2 }])).await;
    assert_eq!(answer.error(), (429, "rate_limited".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("7"));
}

#[tokio::test]
async fn a_slow_store_answers_later() {
    let server = store().await;
    server.faults(json!([{ "kind": "slow", "ms": 60, "on": "reads" }])).await;
    let begin = Instant::now();
    assert_eq!(server.read("/item/b").await.body, "2");
    assert!(begin.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn a_hung_request_stays_pending_and_others_do_not_wait() {
    let server = store().await;
    server.faults(json!([{ "kind": "hang", "on": "reads", "times": 1 }])).await;
    let address = server.address;
    let hung = tokio::spawn(async move { send(address, Method::GET, "/ecfg_local/items", &[reader()], "").await });
    server.until_pending(1).await;
    assert_eq!(server.read("/item/b").await.body, "2");
    assert!(!hung.is_finished());
    hung.abort();
    server.until_pending(0).await;
}

#[tokio::test]
async fn a_hung_request_ends_without_an_answer_when_the_faults_are_switched() {
    let server = store().await;
    server.faults(json!([{ "kind": "hang", "on": "reads", "times": 1 }])).await;
    let address = server.address;
    let hung = tokio::spawn(async move { send(address, Method::GET, "/ecfg_local/items", &[reader()], "").await });
    server.until_pending(1).await;
    server.faults(json!([])).await;
    let error = hung.await.unwrap().unwrap_err();
    assert!(error.is_incomplete_message(), "{error:?}");
}

#[tokio::test]
async fn a_request_that_was_slow_first_does_not_hang_after_the_faults_were_switched() {
    let server = store().await;
    server.faults(json!([{ "kind": "slow", "ms": 300, "on": "reads" }, { "kind": "hang", "on": "reads" }])).await;
    let address = server.address;
    let slow = tokio::spawn(async move { send(address, Method::GET, "/ecfg_local/items", &[reader()], "").await });
    server.until_pending(1).await;
    server.faults(json!([])).await;
    let ended = tokio::time::timeout(Duration::from_secs(20), slow).await.expect("it hangs");
    assert!(ended.unwrap().unwrap_err().is_incomplete_message());
}

#[tokio::test]
async fn a_connection_dropped_before_a_write_leaves_the_store_as_it_was() {
    let server = store().await;
    server.faults(json!([{ "kind": "drop", "on": "writes", "times": 1 }])).await;
    let body = json!({ "items": [{ "operation": "upsert", "key": "b", "value": 3 }] }).to_string();
    let error = server.send(Method::PATCH, &format!("{API}/items"), &[writer()], &body).await.unwrap_err();
    assert!(error.is_incomplete_message(), "{error:?}");
    assert_eq!(server.read("/item/b").await.body, "2");
    assert_eq!(server.stats().await["writes"]["dropped"], 1);
}

#[tokio::test]
async fn a_connection_dropped_after_a_write_leaves_the_write_done() {
    let server = store().await;
    server.faults(json!([{ "kind": "dropAfterWrite", "times": 1 }])).await;
    let body = json!({ "items": [{ "operation": "upsert", "key": "b", "value": 3 }] }).to_string();
    let error = server.send(Method::PATCH, &format!("{API}/items"), &[writer()], &body).await.unwrap_err();
    assert!(error.is_incomplete_message(), "{error:?}");
    assert_eq!(server.read("/item/b").await.body, "3");
}

#[tokio::test]
async fn a_corrupt_item_differs_in_one_byte_and_has_another_tag() {
    let server = store().await;
    let good = server.read("/items").await;
    server.faults(json!([{ "kind": "corrupt", "key": "a" }])).await;
    let tag = good.header("etag").unwrap();
    let bad = server.ask(Method::GET, "/ecfg_local/items", &[reader(), ("if-none-match", tag)], "").await;
    assert_eq!((bad.status, bad.json()["b"].clone()), (200, json!(2)));
    let differing = good.body.bytes().zip(bad.body.bytes()).filter(|(good, bad)| good != bad).count();
    assert_eq!((differing, good.body.len()), (1, bad.body.len()), "{}", bad.body);
    assert_eq!(server.read("/item/a").await.json(), bad.json()["a"]);
    let looked = server.api(Method::GET, "/item/a", &Value::Null).await.json();
    assert_eq!(looked["value"], json!({ "text": "hello" }), "only `reads` are disturbed");
}

#[tokio::test]
async fn an_old_version_is_the_state_before_the_last_write() {
    let server = store().await;
    server.faults(json!([{ "kind": "oldVersion", "on": "both", "times": 2 }])).await;
    assert_eq!(server.read("/item/b").await.body, "1");
    assert_eq!(server.api(Method::GET, "/item/b", &Value::Null).await.json()["value"], 1);
    assert_eq!(server.read("/item/b").await.body, "2");
}

#[tokio::test]
async fn a_conflict_waits_for_a_request_that_creates() {
    let server = store().await;
    server.faults(json!([{ "kind": "conflict", "times": 1 }])).await;
    assert_eq!(server.patch(json!([{ "operation": "upsert", "key": "b", "value": 3 }])).await.status, 200);
    let create = json!([
        { "operation": "upsert", "key": "b", "value": 4 },
        { "operation": "create", "key": "c", "value": 1 }
    ]);
    assert_eq!(server.patch(create.clone()).await.error(), (409, "conflict".to_owned()));
    assert_eq!(server.read("/items?key=b&key=c").await.body, r#"{"b":3}"#);
    assert_eq!(server.patch(create).await.status, 200);
}

#[tokio::test]
async fn faults_are_used_up_in_their_order() {
    let server = store().await;
    let faults = [500, 502].map(|status| json!({ "kind": "status", "status": status, "on": "reads", "times": 1 }));
    server.faults(json!(faults)).await;
    assert_eq!(server.read("/items").await.status, 500);
    assert_eq!(server.read("/items").await.status, 502);
    assert_eq!(server.read("/items").await.status, 200);
}

#[tokio::test]
async fn the_switch_shows_what_is_left_and_clears() {
    let server = store().await;
    server
        .faults(json!([{ "kind": "slow", "ms": 1, "on": "reads", "times": 3 }, { "kind": "corrupt", "key": "a" }]))
        .await;
    server.read("/items").await;
    let show = server.ask(Method::GET, "/_atlas/faults", &[writer()], "").await.json();
    let left = json!({ "faults": [
        { "kind": "slow", "ms": 1, "on": "reads", "times": 2 },
        { "kind": "corrupt", "key": "a", "on": "reads" },
    ] });
    assert_eq!(show, left);
    let cleared = server.ask(Method::DELETE, "/_atlas/faults", &[writer()], "").await;
    assert_eq!((cleared.status, cleared.json()), (200, json!({ "faults": [] })));
}

#[tokio::test]
async fn a_switch_that_makes_no_sense_is_refused_and_changes_nothing() {
    let server = store().await;
    server.faults(json!([{ "kind": "status", "status": 500, "on": "reads" }])).await;
    for fault in [
        json!({ "kind": "explode" }),
        json!({ "kind": "hang", "on": "mondays" }),
        json!({ "kind": "hang", "tiems": 2 }),
        json!({ "kind": "hang", "times": 0 }),
        json!({ "kind": "hang", "ms": 5 }),
        json!({ "kind": "slow" }),
        json!({ "kind": "slow", "ms": 0 }),
        json!({ "kind": "slow", "ms": 600_001 }),
        json!({ "kind": "status" }),
        json!({ "kind": "status", "status": 399 }),
        json!({ "kind": "status", "status": 600 }),
        json!({ "kind": "corrupt" }),
        json!({ "kind": "corrupt", "key": "atlas:v1:manifest" }),
        json!({ "kind": "corrupt", "key": "a", "on": "writes" }),
        json!({ "kind": "conflict", "on": "reads" }),
    ] {
        let body = json!({ "faults": [fault] }).to_string();
        let answer = server.ask(Method::PUT, "/_atlas/faults", &[writer()], &body).await;
        assert_eq!(answer.error(), (400, "bad_request".to_owned()), "{fault}");
    }
    for (kind, member, value) in [("slow", "ms", 600_000), ("status", "status", 400), ("status", "status", 599)] {
        let body = json!({ "faults": [{ "kind": kind, member: value, "on": "writes" }] }).to_string();
        assert_eq!(server.ask(Method::PUT, "/_atlas/faults", &[writer()], &body).await.status, 200, "{kind} {value}");
    }
}

#[tokio::test]
async fn the_switch_wants_the_write_token() {
    let server = store().await;
    let body = json!({ "faults": [] }).to_string();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(server.ask(method.clone(), "/_atlas/faults", &[reader()], &body).await.status, 403, "{method}");
        assert_eq!(server.ask(method.clone(), "/_atlas/faults", &[], &body).await.status, 401, "{method}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_kind() {
    let server = Server::start().await;
    server.put(json!({ "a": "12345" })).await;
    let first = server.read("/item/a").await;
    let tag = first.header("etag").unwrap();
    server.ask(Method::GET, "/ecfg_local/item/a", &[reader(), ("if-none-match", tag)], "").await;
    server.read("/item/none").await;
    server.api(Method::GET, "", &Value::Null).await;
    let stats = server.stats().await;
    let reads = &stats["reads"];
    assert_eq!((&reads["requests"], &reads["notModified"], &reads["failed"]), (&json!(3), &json!(1), &json!(1)));
    let missing = server.read("/item/none").await.body.len();
    assert_eq!(reads["bytes"], json!(first.body.len() + missing));
    assert_eq!((&stats["writes"]["requests"], &stats["apiReads"]["requests"]), (&json!(1), &json!(1)));
}
