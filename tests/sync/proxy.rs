//! A proxy in front of the store's API, which does one thing to one request of a run, or to that one and all after it.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use tokio::sync::oneshot;

/// What the proxy does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this status and code in the store's place, or after the store has done it.
    Answers(u16, &'static str),
    /// Breaks the connection.
    Drops,
    /// Hands the request, or its answer, on when the run has hung up: too late, however busy the machine is.
    Delays,
    /// Hands the request on twice, and gives the second answer.
    Doubles,
    /// Gives an answer in which one item is another.
    Garbles,
}

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    pub fault: Fault,
    /// The number of the request, from 0.
    pub at: u64,
    /// After the store has got the request, or instead.
    pub after: bool,
    pub span: Span,
}

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// For that request.
    Once,
    /// For that request and all of its method that follow.
    Method,
    /// For that request and all that follow.
    All,
}

/// The proxy, until the test ends.
pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    target: String,
    client: reqwest::Client,
    strike: Strike,
    method: Mutex<Option<Method>>,
    requests: AtomicU64,
    methods: Mutex<Vec<Method>>,
    under_way: AtomicU64,
}

impl Proxy {
    pub async fn start(target: &str, strike: Strike) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            client: crate::support::client(),
            strike,
            method: Mutex::default(),
            requests: AtomicU64::new(0),
            methods: Mutex::default(),
            under_way: AtomicU64::new(0),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// The method of each request that came.
    pub fn methods(&self) -> Vec<Method> {
        self.shared.methods.lock().unwrap().clone()
    }

    /// Returns when no request is on its way any more.
    pub async fn settles(&self) {
        for _ in 0..1_000 {
            if self.shared.under_way.load(SeqCst) == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("requests that do not end");
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    // In a task of its own: that the run has hung up does not stop a request that is on its way. It drops this function, and
    // so tells the task.
    let (_dropped_with_this, hung_up) = oneshot::channel();
    shared.under_way.fetch_add(1, SeqCst);
    let task = tokio::spawn(async move {
        let response = shared.pass(request, hung_up).await;
        shared.under_way.fetch_sub(1, SeqCst);
        response
    });
    task.await.unwrap()
}

impl Shared {
    async fn pass(&self, request: Request, hung_up: oneshot::Receiver<()>) -> Response {
        let number = self.requests.fetch_add(1, SeqCst);
        self.methods.lock().unwrap().push(request.method().clone());
        let Strike { fault, at, after, span } = self.strike;
        if number == at {
            *self.method.lock().unwrap() = Some(request.method().clone());
        }
        let same = self.method.lock().unwrap().as_ref() == Some(request.method());
        let lasts = span == Span::All || (span == Span::Method && same);
        let strikes = number == at || (number > at && lasts);
        let (parts, body) = request.into_parts();
        let whole = to_bytes(body, usize::MAX).await.unwrap();
        let forward = async || {
            let url = format!("{}{}", self.target, parts.uri);
            let request = self.client.request(parts.method.clone(), url).body(whole.clone());
            let request = request.headers(parts.headers.clone());
            let answer = request.send().await.unwrap();
            let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
            let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
            *response.status_mut() = status;
            response.headers_mut().extend(kind.map(|kind| (axum::http::header::CONTENT_TYPE, kind)));
            response
        };
        if !strikes {
            return forward().await;
        }
        match fault {
            Fault::Answers(status, code) => {
                if after {
                    forward().await;
                }
                let body = serde_json::json!({ "error": { "code": code, "message": "a proxy's own answer" } });
                let response = Response::builder().status(StatusCode::from_u16(status).unwrap());
                response.body(Body::from(body.to_string())).unwrap()
            }
            Fault::Drops => {
                if after {
                    forward().await;
                }
                let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("dropped"))]);
                Response::new(Body::from_stream(broken))
            }
            Fault::Delays if after => {
                let response = forward().await;
                let _ = hung_up.await;
                response
            }
            Fault::Delays => {
                let _ = hung_up.await;
                forward().await
            }
            Fault::Doubles => {
                forward().await;
                forward().await
            }
            Fault::Garbles => {
                let (parts, body) = forward().await.into_parts();
                let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().into()).unwrap();
                Response::from_parts(parts, Body::from(text.replacen("\"name\":\"", "\"name\":\"x", 1)))
            }
        }
    }
}
