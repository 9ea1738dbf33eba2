//! The read protocol, as the SDK's source shows that it relies on it.

use crate::support::{READ_BASE, Server, reader};
use atlas::sync::store::{Operation, Store};
use hyper::Method;
use serde_json::json;

#[tokio::test]
async fn items_are_an_object_in_the_order_of_keys_and_as_they_were_written() {
    let server = Server::start().await;
    let body = r#"{"items":[{"operation":"create","key":"b","value":{ "z": 1.0, "a": "é" }},
        {"operation":"create","key":"a","value":null}]}"#;
    let path = "/v1/edge-config/ecfg_local/items?teamId=team_1";
    let patched = server.ask(Method::PATCH, path, &[crate::support::writer()], body).await;
    assert_eq!(patched.status, 200);
    let answer = server.read("/items?version=1").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"a":null,"b":{"z":1.0,"a":"é"}}"#));
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
}

#[tokio::test]
async fn some_items_are_those_asked_for_that_are_there() {
    let server = Server::start().await;
    server.put(json!({ "a": 1, "b": 2, "c": 3 })).await;
    assert_eq!(server.read("/items?version=1&key=c&key=a&key=none").await.body, r#"{"a":1,"c":3}"#);
    assert_eq!(server.read("/items?version=1&key=none").await.body, "{}");
}

#[tokio::test]
async fn an_item_is_its_value_and_nothing_else() {
    let server = Server::start().await;
    server.put(json!({ "a": { "b": [1, "two", null] }, "n": null })).await;
    assert_eq!(server.read("/item/a?version=1").await.body, r#"{"b":[1,"two",null]}"#);
    assert_eq!(server.read("/item/n?version=1").await.body, "null");
}

#[tokio::test]
async fn head_answers_without_a_body() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    for (key, status) in [("a", 200), ("none", 404)] {
        let path = format!("{READ_BASE}/item/{key}?version=1");
        let answer = server.ask(Method::HEAD, &path, &[reader()], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, ""));
        assert!(answer.header("x-edge-config-digest").is_some());
    }
}

#[tokio::test]
async fn the_digest_is_a_json_string_that_every_answer_repeats() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    let digest = server.read("/digest?version=1").await;
    let text = digest.json().as_str().unwrap().to_owned();
    assert_eq!(text.len(), 64);
    for path in ["/items", "/item/a", "/digest", "/item/none"] {
        assert_eq!(server.read(path).await.header("x-edge-config-digest"), Some(text.as_str()), "{path}");
    }
    server.put(json!({ "a": 2 })).await;
    assert_ne!(server.read("/digest").await.json(), json!(text));
}

#[tokio::test]
async fn a_missing_item_and_a_missing_store_differ_by_the_digest_header() {
    let server = Server::start().await;
    let item = server.read("/item/none?version=1").await;
    assert_eq!(item.error(), (404, "edge_config_item_not_found".to_owned()));
    assert!(item.header("x-edge-config-digest").is_some());
    for path in ["/ecfg_other/item/a", "/ecfg_other/items", "/ecfg_other/digest"] {
        let store = server.ask(Method::GET, path, &[reader()], "").await;
        assert_eq!(store.error(), (404, "edge_config_not_found".to_owned()));
        assert!(store.header("x-edge-config-digest").is_none());
    }
}

#[tokio::test]
async fn only_the_read_token_reads() {
    let server = Server::start().await;
    let path = "/ecfg_local/items?version=1";
    for headers in [vec![], vec![("authorization", "Bearer local-write")], vec![("authorization", "Basic local")]] {
        let answer = server.ask(Method::GET, path, &headers, "").await;
        assert_eq!(answer.error(), (401, "unauthorized".to_owned()), "{headers:?}");
    }
    for wrong in ["", "loca", "locax", "locall", "LOCAL"] {
        let header = format!("Bearer {wrong}");
        let answer = server.ask(Method::GET, path, &[("authorization", &header)], "").await;
        assert_eq!(answer.status, 401, "{wrong}");
    }
    assert_eq!(server.ask(Method::GET, path, &[("authorization", "bearer local")], "").await.status, 200);
    assert_eq!(server.ask(Method::GET, &format!("{path}&token=local"), &[], "").await.status, 200);
    assert_eq!(server.ask(Method::GET, &format!("{path}&token=other"), &[], "").await.status, 401);
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    for path in ["/ecfg_local/items", "/ecfg_local/item/a", "/ecfg_local/digest", "/ecfg_local/items?key=a"] {
        let tag = server.ask(Method::GET, path, &[reader()], "").await.header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let answer = server.ask(Method::GET, path, &[reader(), ("if-none-match", &known)], "").await;
            assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{path} {known}");
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
            assert_eq!(answer.header("x-edge-config-digest"), Some(tag.trim_matches('"')));
        }
        let answer = server.ask(Method::GET, path, &[reader(), ("if-none-match", "\"x\"")], "").await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_tag_no_longer_fits_once_anything_changed() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    let tag = server.read("/item/a").await.header("etag").unwrap().to_owned();
    server.put(json!({ "b": 1 })).await;
    let answer = server.ask(Method::GET, "/ecfg_local/item/a", &[reader(), ("if-none-match", &tag)], "").await;
    assert_eq!(answer.status, 200);
    let gone = server.ask(Method::GET, "/ecfg_local/item/none", &[reader(), ("if-none-match", "*")], "").await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn a_consistent_read_is_served() {
    let server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    let headers = [reader(), ("x-edge-config-min-updated-at", "9007199254740991")];
    assert_eq!(server.ask(Method::GET, "/ecfg_local/item/a?version=1", &headers, "").await.body, "1");
}

#[tokio::test]
async fn another_version_of_the_protocol_is_refused() {
    let server = Server::start().await;
    assert_eq!(server.read("/items?version=2").await.error(), (400, "bad_request".to_owned()));
}

#[tokio::test]
async fn what_another_process_writes_is_seen_at_once() {
    let server = Server::start().await;
    let other = server.store();
    for number in 0..50 {
        let value = json!(format!("{number:03}"));
        other.patch(&[Operation::upsert("a", value.clone().into())]).await.unwrap();
        assert_eq!(server.read("/item/a").await.json(), value);
    }
    std::fs::remove_file(server.state()).unwrap();
    assert_eq!(server.read("/items").await.body, "{}");
}

#[tokio::test]
async fn a_byte_changed_in_place_is_seen_at_once() {
    let server = Server::start().await;
    server.put(json!({ "a": "one" })).await;
    assert_eq!(server.read("/item/a").await.body, "\"one\"");
    let text = std::fs::read_to_string(server.state()).unwrap();
    std::fs::write(server.state(), text.replace("\"one\"", "\"two\"")).unwrap();
    assert_eq!(server.read("/item/a").await.body, "\"two\"");
}

#[tokio::test]
async fn a_damaged_state_is_an_error_that_names_the_item_and_is_left_as_it_is() {
    let server = Server::start().await;
    server.put(json!({ "a": "one", "b": 2 })).await;
    let damaged = std::fs::read_to_string(server.state()).unwrap().replace("\"one\"", "\"one");
    std::fs::write(server.state(), &damaged).unwrap();
    let answer = server.read("/items").await;
    assert_eq!(answer.error(), (500, "state_unreadable".to_owned()));
    assert!(answer.body.contains("line 9") && answer.body.contains("`a`"), "{}", answer.body);
    let write = server.patch(json!([{ "operation": "upsert", "key": "a", "value": 1 }])).await;
    assert_eq!(write.error(), (500, "state_unreadable".to_owned()));
    assert_eq!(std::fs::read_to_string(server.state()).unwrap(), damaged);
}

#[tokio::test]
async fn the_front_page_says_what_this_is_and_how_to_connect() {
    let server = Server::start().await;
    let page = server.ask(Method::GET, "/", &[], "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("http://{}/ecfg_local?token=local", server.address)), "{}", page.body);
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let server = Server::start().await;
    assert_eq!(server.ask(Method::GET, "/nothing/here/at/all", &[], "").await.error(), (404, "not_found".to_owned()));
    let wrong = server.ask(Method::POST, "/ecfg_local/items", &[reader()], "").await;
    assert_eq!(wrong.error(), (405, "method_not_allowed".to_owned()));
}
