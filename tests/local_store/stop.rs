//! Starting and stopping.

use crate::support::{Server, reader, send};
use atlas::dev::{DevError, DevServer};
use hyper::Method;
use serde_json::json;
use std::time::Duration;

/// Far longer than the server may take to stop.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn it_stops_even_while_a_request_hangs() {
    let mut server = Server::start().await;
    server.faults(json!([{ "kind": "hang" }])).await;
    let address = server.address;
    let hung = tokio::spawn(async move { send(address, Method::GET, "/ecfg_local/items", &[reader()], "").await });
    server.until_pending(1).await;
    server.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(SOON, &mut server.task).await.unwrap().unwrap();
    assert!(hung.await.unwrap().is_err());
}

#[tokio::test]
async fn a_request_under_way_is_still_answered() {
    let mut server = Server::start().await;
    server.put(json!({ "a": 1 })).await;
    server.faults(json!([{ "kind": "slow", "ms": 100 }])).await;
    let address = server.address;
    let slow = tokio::spawn(async move { send(address, Method::GET, "/ecfg_local/item/a", &[reader()], "").await });
    server.until_pending(1).await;
    server.stop.take().unwrap().send(()).unwrap();
    assert_eq!(slow.await.unwrap().unwrap().body, "1");
    tokio::time::timeout(SOON, &mut server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn it_listens_on_this_machine_only() {
    let directory = tempfile::tempdir().unwrap();
    let bind = |listen: &str| DevServer::bind(listen.parse().unwrap(), directory.path().join("state.json"));
    let open = bind("0.0.0.0:0").unwrap_err();
    assert!(matches!(open, DevError::NotLoopback(_)), "{open}");
    let server = bind("127.0.0.1:0").unwrap();
    assert_ne!(server.address().port(), 0);
    assert_eq!(server.connection_string(), format!("http://{}/ecfg_local?token=local", server.address()));
    let taken = bind(&server.address().to_string()).unwrap_err();
    assert!(taken.to_string().contains("choose another port with --listen"), "{taken}");
}
