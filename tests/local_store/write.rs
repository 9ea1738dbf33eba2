//! The management API: what a sync does, and what it must be refused.

use crate::support::{API, START, Server, reader, writer};
use hyper::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_patch_is_answered_as_vercel_answers_and_is_read_back() {
    let server = Server::start().await;
    let answer = server.patch(json!([{ "operation": "create", "key": "a", "value": { "b": 1 } }])).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(server.read("/item/a").await.json(), json!({ "b": 1 }));
}

#[tokio::test]
async fn items_are_a_list_with_times() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    server.put(json!({ "a": 2, "b": 3 })).await;
    let items = server.api(Method::GET, "/items", &Value::Null).await.json();
    let item = |key: &str, value: u64, created: u64, updated: u64| json!({ "key": key, "value": value, "edgeConfigId": "ecfg_local", "createdAt": created, "updatedAt": updated });
    let (a, b) = (items[0].clone(), items[1].clone());
    let (created, updated) = (a["createdAt"].as_u64().unwrap(), a["updatedAt"].as_u64().unwrap());
    assert!(START <= created && created < updated, "{created} {updated}");
    assert_eq!(items, json!([item("a", 2, created, updated), item("b", 3, updated, updated)]));
    assert_eq!(server.api(Method::GET, "/item/b", &Value::Null).await.json(), b);
}

#[tokio::test]
async fn the_metadata_count_what_is_there() {
    let server = Server::start().await;
    server.put(json!({ "a": 1, "b": "é" })).await;
    let body = server.api(Method::GET, "", &Value::Null).await.json();
    assert_eq!(body["id"], "ecfg_local");
    assert_eq!(body["itemCount"], 2);
    assert_eq!(body["sizeInBytes"], r#"{"a":1,"b":"é"}"#.len());
    assert_eq!(body["digest"], server.read("/digest").await.json());
    assert!(body["slug"].is_string() && body["createdAt"].is_u64() && body["updatedAt"].is_u64());
}

#[tokio::test]
async fn both_names_of_the_api_work_and_take_a_team() {
    let server = Server::start().await;
    for base in ["/v1/edge-config", "/v1/global-config"] {
        let path = format!("{base}/ecfg_local/items?teamId=team_1");
        let body = json!({ "items": [{ "operation": "upsert", "key": "a", "value": base }] }).to_string();
        assert_eq!(server.ask(Method::PATCH, &path, &[writer()], &body).await.status, 200);
        assert_eq!(server.ask(Method::GET, &path, &[writer()], "").await.json()[0]["value"], base);
    }
}

#[tokio::test]
async fn a_request_that_fails_in_part_changes_nothing() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    let before = std::fs::read(server.state()).unwrap();
    let upsert = json!({ "operation": "upsert", "key": "b", "value": 2 });
    for (last, status, code) in [
        (json!({ "operation": "create", "key": "a", "value": 3 }), 409, "conflict"),
        (json!({ "operation": "update", "key": "none", "value": 3 }), 404, "edge_config_item_not_found"),
        (json!({ "operation": "delete", "key": "none" }), 404, "edge_config_item_not_found"),
        (json!({ "operation": "delete", "key": "b" }), 400, "bad_request"),
        (json!({ "operation": "upsert", "key": "a:b", "value": 3 }), 400, "bad_request"),
        (json!({ "operation": "upsert", "key": "c" }), 400, "bad_request"),
        (json!({ "operation": "replace", "key": "c", "value": 3 }), 400, "bad_request"),
        (json!({ "operation": "upsert", "key": "c", "value": "x".repeat(999_990) }), 413, "edge_config_too_large"),
    ] {
        let answer = server.patch(json!([upsert, last])).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{}", answer.body);
        assert_eq!(std::fs::read(server.state()).unwrap(), before);
    }
}

#[tokio::test]
async fn a_body_that_is_not_a_patch_is_refused() {
    let server = Server::start().await;
    for body in ["", "{", "[]", "{}", r#"{"items":{}}"#, r#"{"items":[]}"#] {
        let answer = server.ask(Method::PATCH, &format!("{API}/items"), &[writer()], body).await;
        assert_eq!(answer.error(), (400, "bad_request".to_owned()), "{body}");
    }
    assert!(!server.state().exists());
}

#[tokio::test]
async fn a_body_may_have_four_million_bytes_and_no_more() {
    let server = Server::start().await;
    let body = json!({ "items": [{ "operation": "upsert", "key": "a", "value": 1 }] }).to_string();
    for (length, status) in [(3_999_999, 200), (4_000_000, 200), (4_000_001, 413)] {
        let padded = format!("{body}{}", " ".repeat(length - body.len()));
        let answer = server.ask(Method::PATCH, &format!("{API}/items"), &[writer()], &padded).await;
        assert_eq!(answer.status, status, "{length}");
        if status == 413 {
            assert_eq!(answer.error().1, "request_entity_too_large");
        }
    }
}

#[tokio::test]
async fn only_the_write_token_may_use_the_api() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    let body = json!({ "items": [{ "operation": "upsert", "key": "a", "value": 2 }] }).to_string();
    let paths = [
        (Method::PATCH, "/items"),
        (Method::GET, "/items"),
        (Method::GET, "/item/a"),
        (Method::GET, ""),
        (Method::GET, "/backups"),
        (Method::GET, "/backups/v1"),
        (Method::POST, "/backups/v1/restore"),
    ];
    for (method, path) in paths {
        for (headers, status) in [(vec![], 401), (vec![reader()], 403), (vec![("authorization", "Bearer no")], 403)] {
            let answer = server.ask(method.clone(), &format!("{API}{path}?token=local-write"), &headers, &body).await;
            assert_eq!(answer.error().0, status, "{method} {path} {headers:?}");
            assert!(!answer.body.contains("local"), "a token is repeated: {}", answer.body);
        }
    }
    assert_eq!(server.read("/item/a").await.body, "1");
}

#[tokio::test]
async fn another_store_and_another_item_are_not_found() {
    let server = Server::start().await;
    let other = server.ask(Method::GET, "/v1/edge-config/ecfg_other/items", &[writer()], "").await;
    assert_eq!(other.error(), (404, "edge_config_not_found".to_owned()));
    let body = json!({ "items": [{ "operation": "upsert", "key": "a", "value": 2 }] }).to_string();
    let other = server.ask(Method::PATCH, "/v1/edge-config/ecfg_other/items", &[writer()], &body).await;
    assert_eq!(other.error(), (404, "edge_config_not_found".to_owned()));
    let item = server.api(Method::GET, "/item/none", &Value::Null).await;
    assert_eq!(item.error(), (404, "edge_config_item_not_found".to_owned()));
}

#[tokio::test]
async fn of_writers_at_the_same_time_one_creates_and_the_others_conflict() {
    let server = Server::start().await;
    let create = || server.patch(json!([{ "operation": "create", "key": "rev_1", "value": 1 }]));
    let (a, b, c, d) = tokio::join!(create(), create(), create(), create());
    let mut statuses = [a.status, b.status, c.status, d.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
}

#[tokio::test]
async fn a_schema_with_a_number_beyond_a_double_is_refused() {
    let server = Server::start().await;
    let body = r#"{"definition":{"maximum":1e999}}"#;
    for path in ["/schema", "/schema?dryRun=1"] {
        let answer = server.ask(Method::POST, &format!("{API}{path}"), &[writer()], body).await;
        assert_eq!(answer.error(), (400, "bad_request".to_owned()), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_body_that_is_cut_off_says_so_without_a_place() {
    let server = Server::start().await;
    for body in ["", "{\n", r#"{"items":["#] {
        let answer = server.ask(Method::PATCH, &format!("{API}/items"), &[writer()], body).await;
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("ends before") && !message.contains("column"), "{body:?}: {message}");
    }
}

#[tokio::test]
async fn a_list_in_place_of_an_object_is_refused() {
    let server = Server::start().await;
    let items = "/v1/edge-config/ecfg_local/items";
    for (method, path, body) in [
        (Method::PATCH, items, r#"[[{"operation":"upsert","key":"a","value":1}]]"#),
        (Method::PATCH, items, r#"{"items":[["upsert","a",1,null]]}"#),
        (Method::PUT, "/_atlas/faults", "[[]]"),
    ] {
        let answer = server.ask(method, path, &[writer()], body).await;
        assert_eq!(answer.error(), (400, "bad_request".to_owned()), "{body}");
        assert!(answer.body.contains("expected an object"), "{}", answer.body);
    }
    assert_eq!(server.read("/items").await.json(), json!({}));
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused_like_any_bad_request() {
    let server = Server::start().await;
    let token = [writer()];
    let twice = "/v1/edge-config/ecfg_local/schema?dryRun=1&dryRun=1";
    let answer = server.ask(Method::POST, twice, &token, r#"{"definition":{}}"#).await;
    assert_eq!(answer.error(), (400, "bad_request".to_owned()));
    let negative = "/v1/edge-config/ecfg_local/backups?limit=-1";
    assert_eq!(server.ask(Method::GET, negative, &token, "").await.error(), (400, "bad_request".to_owned()));
}
