//! A server on a free port with a state file of its own, and a client that shows all of an answer.

use atlas::dev::{READ_TOKEN, WRITE_TOKEN, router, serve};
use atlas::sync::store::FileStore;
use hyper::client::conn::http1;
use hyper::header::AUTHORIZATION;
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// When the servers of these tests start, in milliseconds since the Unix epoch. Each write is one later.
pub const START: u64 = 1_000;

pub const READ_BASE: &str = "/ecfg_local";
pub const API: &str = "/v1/edge-config/ecfg_local";

pub struct Server {
    pub address: SocketAddr,
    pub stop: Option<oneshot::Sender<()>>,
    pub task: JoinHandle<()>,
    directory: TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Server {
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let store = FileStore::new(directory.path().join("state.json"), ticking());
        let task = tokio::spawn(serve(listener, router(store), async move {
            let _ = stopped.await;
        }));
        Self { address, stop: Some(stop), task, directory }
    }

    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state.json")
    }

    /// Another writer of the same file.
    pub fn store(&self) -> FileStore {
        FileStore::new(self.state(), ticking())
    }

    /// A request with these headers, on a connection of its own.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, hyper::Error> {
        send(self.address, method, path, headers, body).await
    }

    /// A request that must be answered.
    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(method, path, headers, body).await.unwrap()
    }

    /// `GET` of the read protocol, with the read token.
    pub async fn read(&self, path: &str) -> Answer {
        self.ask(Method::GET, &format!("{READ_BASE}{path}"), &[reader()], "").await
    }

    /// A request to the management API, with the write token.
    pub async fn api(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.ask(method, &format!("{API}{path}"), &[writer()], &body.to_string()).await
    }

    /// `PATCH items` with the write token.
    pub async fn patch(&self, operations: Value) -> Answer {
        self.api(Method::PATCH, "/items", &json!({ "items": operations })).await
    }

    /// Writes items, which must work.
    pub async fn put(&self, items: Value) {
        let each = items.as_object().unwrap().iter();
        let upserts: Vec<_> =
            each.map(|(key, value)| json!({ "operation": "upsert", "key": key, "value": value })).collect();
        assert_eq!(self.patch(json!(upserts)).await.status, 200);
    }

    /// Switches faults on, which must work.
    pub async fn faults(&self, faults: Value) {
        let body = json!({ "faults": faults }).to_string();
        let answer = self.ask(Method::PUT, "/_atlas/faults", &[writer()], &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Waits until so many reads are under way, for at most 20 s.
    pub async fn until_pending(&self, count: u64) {
        let asking = async { while self.stats().await["reads"]["pending"] != count {} };
        let asked = tokio::time::timeout(Duration::from_secs(20), asking).await;
        assert!(asked.is_ok(), "expected {count} pending reads within 20 s, found {}", self.stats().await["reads"]);
    }

    pub async fn stats(&self) -> Value {
        self.ask(Method::GET, "/_atlas/stats", &[], "").await.json()
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The status and the code of the error body.
    pub fn error(&self) -> (u16, String) {
        let body = self.json();
        let message = body["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty());
        (self.status, body["error"]["code"].as_str().unwrap().to_owned())
    }
}

pub async fn send(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, hyper::Error> {
    send_to(address, &address.to_string(), method, path, headers, body).await
}

/// As [`send`], with another `Host`.
pub async fn send_to(
    address: SocketAddr,
    host: &str,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<Answer, hyper::Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(body.to_owned()).unwrap()).await?;
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await.unwrap();
    drop(sender);
    driver.await.unwrap()?;
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: String::from_utf8(bytes.into()).unwrap() })
}

pub fn reader() -> (&'static str, &'static str) {
    assert_eq!(READ_TOKEN, "local");
    (AUTHORIZATION.as_str(), "Bearer local")
}

pub fn writer() -> (&'static str, &'static str) {
    assert_eq!(WRITE_TOKEN, "local-write");
    (AUTHORIZATION.as_str(), "Bearer local-write")
}

fn ticking() -> impl Fn() -> u64 + Send + Sync {
    let time = AtomicU64::new(START);
    move || time.fetch_add(1, Ordering::Relaxed)
}
