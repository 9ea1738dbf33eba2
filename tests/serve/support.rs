//! A sync that does nothing but count, and can be told how to end and when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use async_trait::async_trait;
use atlas::domain::digest::Checksum;
use atlas::domain::health::Standing;
use atlas::domain::time::Timestamp;
use atlas::sync::diff::Counts;
use atlas::sync::report::{Outcome, Report};
use atlas::sync::serve::{AdminKey, Job, Service, router};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::ServiceExt;

pub const KEY: &str = "the-admin-key";

/// When the stand-in's clock began.
const START_MS: i64 = 1_795_348_800_000;

/// What the test tells the stand-in, and sees of it.
pub struct Script {
    pub outcome: Mutex<Outcome>,
    /// When the syncs ran, in seconds since the start.
    pub ran_at: Mutex<Vec<u64>>,
    /// A sync takes one permit to end.
    pub permits: Semaphore,
    /// Gets one permit when a sync has begun.
    pub begun: Semaphore,
    started: Instant,
}

impl Script {
    pub fn new(outcome: Outcome) -> Arc<Self> {
        Arc::new(Self {
            outcome: Mutex::new(outcome),
            ran_at: Mutex::default(),
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
            begun: Semaphore::new(0),
            started: Instant::now(),
        })
    }

    /// Syncs begin, but do not end.
    pub fn hold(&self) {
        self.permits.forget_permits(Semaphore::MAX_PERMITS);
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START_MS + i64::try_from(self.elapsed_ms()).unwrap())
    }
}

pub struct Counting(pub Arc<Script>);

#[async_trait]
impl Job for Counting {
    async fn run(&self) -> Report {
        self.0.ran_at.lock().unwrap().push(self.0.elapsed_ms() / 1000);
        self.0.begun.add_permits(1);
        self.0.permits.acquire().await.unwrap().forget();
        report(*self.0.outcome.lock().unwrap(), self.0.now())
    }

    async fn standing(&self) -> Option<Standing> {
        None
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn jitter(&self) -> f64 {
        0.5
    }
}

fn report(outcome: Outcome, now: Timestamp) -> Report {
    let good = !matches!(outcome, Outcome::Failed | Outcome::Refused);
    Report {
        run: "test".to_owned(),
        outcome,
        version: good.then_some(7),
        previous_version: None,
        checksum: good.then(|| Checksum::of(b"x")),
        updated_at: good.then(|| now.to_string()),
        checked_at: good.then(|| now.to_string()),
        diff: Counts::default(),
        changes: Vec::new(),
        entries: BTreeMap::new(),
        bytes: 6_000,
        max_bytes: 1_000_000,
        warnings: Vec::new(),
        quarantined: Vec::new(),
        steps_ms: BTreeMap::new(),
        duration_ms: 120,
        error: None,
    }
}

/// The endpoints over a stand-in.
pub struct Served {
    pub script: Arc<Script>,
    pub service: Arc<Service>,
    router: Router,
}

impl Served {
    pub fn new(outcome: Outcome) -> Self {
        let script = Script::new(outcome);
        let service = Arc::new(Service::new(Box::new(Counting(Arc::clone(&script)))));
        let router = router(Arc::clone(&service), AdminKey::new(&SecretString::from(KEY)));
        Self { script, service, router }
    }

    /// Asks with the right key.
    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let authorization = format!("Bearer {KEY}");
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        self.ask_as(method, path, &all).await
    }

    /// Asks with these headers alone.
    pub async fn ask_as(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
