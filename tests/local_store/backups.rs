//! Earlier states over the management API.

use crate::support::Server;
use hyper::Method;
use serde_json::{Value, json};

async fn server_with_writes(count: u64) -> Server {
    let server = Server::start().await;
    for number in 1..=count {
        server.put(json!({ "a": number })).await;
    }
    server
}

async fn get(server: &Server, path: &str) -> Value {
    let answer = server.api(Method::GET, path, &Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn ids(page: &Value) -> Vec<&str> {
    page["backups"].as_array().unwrap().iter().map(|backup| backup["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_write_leaves_the_state_before_it() {
    let server = server_with_writes(3).await;
    let page = get(&server, "/backups").await;
    assert_eq!(ids(&page), ["v2", "v1"]);
    assert_eq!(page["pagination"], json!({ "hasNext": false }));
    assert_eq!(page["backups"][0]["metadata"]["itemsCount"], 1);
    let backup = get(&server, "/backups/v1").await;
    let (created, updated) = (&backup["backup"]["items"]["a"]["createdAt"], &backup["backup"]["updatedAt"]);
    let item = json!({ "value": 1, "createdAt": created, "updatedAt": updated });
    assert_eq!(backup["backup"]["items"], json!({ "a": item }));
    assert!(created.is_u64() && updated.is_u64(), "{backup}");
    assert_eq!(backup["id"], "v1");
    assert_eq!(backup["lastModified"], backup["backup"]["updatedAt"]);
}

#[tokio::test]
async fn a_list_is_shown_page_by_page() {
    let server = server_with_writes(6).await;
    let first = get(&server, "/backups?limit=2").await;
    assert_eq!((ids(&first), &first["pagination"]), (vec!["v5", "v4"], &json!({ "hasNext": true, "next": "v4" })));
    let second = get(&server, "/backups?limit=2&next=v4").await;
    assert_eq!((ids(&second), &second["pagination"]["hasNext"]), (vec!["v3", "v2"], &json!(true)));
    let last = get(&server, "/backups?limit=2&next=v2").await;
    assert_eq!((ids(&last), &last["pagination"]), (vec!["v1"], &json!({ "hasNext": false })));
    for limit in ["51", "-1", "many"] {
        let answer = server.api(Method::GET, &format!("/backups?limit={limit}"), &Value::Null).await;
        assert_eq!(answer.error(), (400, "bad_request".to_owned()), "{limit}");
    }
    assert_eq!(ids(&get(&server, "/backups?limit=50").await).len(), 5);
}

#[tokio::test]
async fn restoring_brings_back_the_items_and_says_both_digests() {
    let server = server_with_writes(2).await;
    let before = server.read("/digest").await.json();
    let then = get(&server, "/backups/v1").await["backup"]["digest"].clone();
    let answer = server.api(Method::POST, "/backups/v1/restore", &Value::Null).await;
    let said = json!({ "status": "ok", "restoredFrom": "v1", "previousDigest": before, "digest": then });
    assert_eq!((answer.status, answer.json()), (200, said));
    assert_eq!(server.read("/items").await.body, r#"{"a":1}"#);
    assert_eq!(server.read("/digest").await.json(), then);
}

#[tokio::test]
async fn a_backup_that_is_not_kept_is_not_found() {
    let server = server_with_writes(2).await;
    for (method, path) in [(Method::GET, "/backups/v9"), (Method::POST, "/backups/v9/restore")] {
        let answer = server.api(method, path, &Value::Null).await;
        assert_eq!(answer.error(), (404, "edge_config_backup_not_found".to_owned()));
    }
}
