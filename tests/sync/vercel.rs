//! The store behind Vercel's REST API: each of its requests, both of its names, and what it makes of refusals.

use std::time::Duration;

use atlas::dev::WRITE_TOKEN;
use atlas::sync::net::error::{Again, RemoteError};
use atlas::sync::net::http::Limits;
use atlas::sync::store::{ApiName, Operation, OperationKind, Store, StoreError, VercelConfig, VercelStore, refusal};
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value, json};

use crate::support::Server;

fn operations(list: Value) -> Vec<Operation> {
    serde_json::from_value(list).unwrap()
}

async fn put(store: &VercelStore, key: &str, value: Value) {
    store.patch(&operations(json!([{ "operation": "upsert", "key": key, "value": value }]))).await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_read_in_the_order_of_its_keys() {
    let server = Server::start().await;
    let store = server.store();
    assert_eq!(store.items().await.unwrap(), []);
    put(&store, "b", json!({ "x": [1, 2.5, null] })).await;
    put(&store, "a", json!("é")).await;
    let items: Vec<_> = store.items().await.unwrap().into_iter().map(|item| (item.key, item.value)).collect();
    let expected = [("a", json!("é")), ("b", json!({ "x": [1, 2.5, null] }))];
    assert_eq!(items, expected.map(|(key, value)| (key.to_owned(), value.into())));
}

#[tokio::test]
async fn both_of_vercels_names_and_a_team_lead_to_the_same_store() {
    let server = Server::start().await;
    put(&server.store(), "a", json!(1)).await;
    for api_name in [ApiName::EdgeConfig, ApiName::GlobalConfig] {
        let store = VercelStore::new(VercelConfig {
            api_url: format!("{}/", server.url),
            api_name,
            id: "ecfg_local".to_owned(),
            team_id: Some("team_1".to_owned()),
            token: WRITE_TOKEN.into(),
            limits: Limits::default(),
        })
        .unwrap();
        assert_eq!(store.items().await.unwrap().len(), 1, "{api_name:?}");
    }
}

#[tokio::test]
async fn a_request_is_done_whole_or_not_at_all_and_a_misfit_is_a_conflict() {
    let server = Server::start().await;
    let store = server.store();
    put(&store, "a", json!(1)).await;
    for (operation, kind) in
        [("create", OperationKind::Create), ("update", OperationKind::Update), ("delete", OperationKind::Delete)]
    {
        let key = if operation == "create" { "a" } else { "missing" };
        let list = json!([
            { "operation": "upsert", "key": "b", "value": 1 },
            { "operation": operation, "key": key, "value": 2 },
        ]);
        match store.patch(&operations(list)).await {
            Err(StoreError::Conflict { operation, key: found }) => assert_eq!((operation, found.as_str()), (kind, key)),
            other => panic!("{operation}: {other:?}"),
        }
    }
    assert_eq!(store.items().await.unwrap().len(), 1);
}

#[tokio::test]
async fn backups_are_listed_over_many_pages_the_latest_first() {
    let server = Server::start().await;
    let store = server.store();
    for number in 0..5 {
        put(&store, "a", json!(number)).await;
    }
    let backups = store.backups().await.unwrap();
    assert_eq!(backups, server.file().backups().await.unwrap());
    assert_eq!(backups.len(), 4);
    assert_eq!(store.backup(&backups[0].id).await.unwrap()[0].value, json!(3));
    assert_eq!(store.backup(&backups[3].id).await.unwrap()[0].value, json!(0));
    let lost = store.backup("v99").await;
    assert!(matches!(&lost, Err(StoreError::Refused { code, .. }) if code == refusal::BACKUP_NOT_FOUND), "{lost:?}");
}

#[tokio::test]
async fn a_wrong_token_and_a_wrong_id_are_told_with_what_to_do() {
    let server = Server::start().await;
    let wrong = server.store_with("very-secret", Limits::default());
    let error = wrong.items().await.unwrap_err();
    assert_eq!(error.again(), Again::Never);
    let text = error.to_string();
    assert!(text.contains("ATLAS_EDGE_CONFIG_TOKEN") && !text.contains("very-secret"), "{text}");

    let elsewhere = VercelStore::new(VercelConfig {
        api_url: server.url.clone(),
        api_name: ApiName::EdgeConfig,
        id: "ecfg_other".to_owned(),
        team_id: None,
        token: WRITE_TOKEN.into(),
        limits: Limits::default(),
    })
    .unwrap();
    for error in [elsewhere.items().await.map(|_| ()), elsewhere.backup("v1").await.map(|_| ())] {
        let text = error.unwrap_err().to_string();
        assert!(text.contains("404 edge_config_not_found") && text.contains("ATLAS_EDGE_CONFIG_ID"), "{text}");
    }
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let server = Server::start().await;
    server.faults(json!([{ "kind": "rateLimited", "retryAfterSeconds": 7 }])).await;
    let error = server.store().items().await.unwrap_err();
    assert_eq!(error.again(), Again::After(Duration::from_secs(7)));
    assert!(!error.may_be_done());
}

#[tokio::test]
async fn no_answer_tells_whether_the_request_may_have_arrived() {
    let server = Server::start().await;
    server.faults(json!([{ "kind": "drop" }])).await;
    let may_have_arrived = |error: StoreError| match error {
        StoreError::Remote(error) => match *error {
            RemoteError::NoAnswer { may_have_arrived, .. } => may_have_arrived,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert!(may_have_arrived(server.store().items().await.unwrap_err()));

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = VercelStore::new(VercelConfig {
        api_url: format!("http://{free}"),
        api_name: ApiName::EdgeConfig,
        id: "ecfg_local".to_owned(),
        team_id: None,
        token: WRITE_TOKEN.into(),
        limits: Limits::default(),
    })
    .unwrap();
    assert!(!may_have_arrived(nobody.items().await.unwrap_err()));
}

#[tokio::test]
async fn one_request_has_a_time_and_one_answer_a_length() {
    let server = Server::start().await;
    put(&server.store(), "a", json!("x".repeat(1000))).await;
    let short = Limits { answer_bytes: 1000, ..Limits::default() };
    let error = server.store_with(WRITE_TOKEN, short).items().await.unwrap_err().to_string();
    assert!(error.contains("at most 1000 bytes, found a longer one; check whether that is the right"), "{error}");
    let enough = Limits { answer_bytes: 1200, ..Limits::default() };
    assert_eq!(server.store_with(WRITE_TOKEN, enough).items().await.unwrap().len(), 1);

    server.faults(json!([{ "kind": "hang" }])).await;
    let quick = Limits { request: Duration::from_millis(30), ..Limits::default() };
    let error = server.store_with(WRITE_TOKEN, quick).items().await.unwrap_err();
    assert!(error.to_string().contains("the request timed out"), "{error}");
    assert!(error.may_be_done());
}

#[tokio::test]
async fn an_answer_of_another_shape_is_reported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let page = axum::Router::new()
        .route("/v1/edge-config/ecfg_1/items", get(async || "<html>a proxy's page</html>"))
        .fallback(async || r#""the token s3cr3t-token""#);
    tokio::spawn(async move { axum::serve(listener, page).await });
    let store = VercelStore::new(VercelConfig {
        api_url: url,
        api_name: ApiName::EdgeConfig,
        id: "ecfg_1".to_owned(),
        team_id: None,
        token: "s3cr3t-token".into(),
        limits: Limits::default(),
    })
    .unwrap();
    let error = store.items().await.unwrap_err().to_string();
    assert!(error.contains("expected a list of items") && error.contains("ATLAS_API_URL"), "{error}");
    assert!(error.contains("found no JSON: <html>a proxy's page</html>;"), "{error}");
    let error = store.backups().await.unwrap_err().to_string();
    assert!(error.contains("the token [redacted]") && !error.contains("s3cr3t"), "{error}");
}

/// Ids of backups and the names of pages are the server's own: they go into addresses, messages and reports.
#[tokio::test]
async fn no_name_of_a_servers_own_shows_the_token_forges_a_line_or_fills_a_log() {
    const TOKEN: &str = "s3cr3t-token-of-vercel";
    let (control, long) = ("v1\natlas-sync: published", "x".repeat(1025));
    for name in [TOKEN, "v1-s3cr3t-token-of-vercel", control, "v1\u{202e}", "", &long] {
        for list in [
            json!({ "backups": [{ "id": name, "lastModified": 1 }] }),
            json!({ "backups": [], "pagination": { "hasNext": true, "next": name } }),
        ] {
            let answered = list.to_string();
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let api_url = format!("http://{}", listener.local_addr().unwrap());
            let answer = async move |uri: axum::http::Uri| {
                let is_first = uri.query() == Some("limit=50");
                if is_first { (StatusCode::OK, answered) } else { (StatusCode::BAD_REQUEST, String::new()) }
            };
            tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
            let (api_name, id, team_id) = (ApiName::EdgeConfig, "ecfg_1".to_owned(), None);
            let limits = Limits::default();
            let config = VercelConfig { api_url, api_name, id, team_id, token: TOKEN.into(), limits };
            let text = VercelStore::new(config).unwrap().backups().await.unwrap_err().to_string();
            assert!(text.contains("expected a list of backups") && text.len() < 500, "{list}: {text}");
            assert!(!text.contains(TOKEN) && !text.contains(char::is_control), "{list}: {text}");
        }
    }
}
