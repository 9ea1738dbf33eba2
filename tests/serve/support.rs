//! A sync that does nothing but count, and can be told how to end and when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use atlas::domain::format::checksum::Checksum;
use atlas::domain::report::health::KnownSnapshot;
use atlas::domain::time::Timestamp;
use atlas::serve::{Job, Keys, Service, WriteAllowance, router};
use atlas::sync::plan::Counts;
use atlas::sync::run::{ErrorClass, ErrorReport, Outcome, Report};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::ServiceExt;

pub const KEY: &str = "the-admin-key";
pub const METRICS_TOKEN: &str = "the-metrics-token";
pub const WEBHOOK_TOKEN: &str = "the-webhook-token";

/// When the stand-in's clock began.
const START_MS: i64 = 1_795_348_800_000;

/// What the test tells the stand-in, and sees of it.
pub struct Script {
    pub outcome: Mutex<Outcome>,
    /// The code of the error, of a sync that fails.
    pub error: Mutex<Option<(&'static str, ErrorClass)>>,
    /// Who holds the lock, while another replica does.
    pub holder: Mutex<Option<&'static str>>,
    /// What a look at the store shows; without, what the last good sync left.
    pub store: Mutex<Result<Option<KnownSnapshot>, String>>,
    /// How far the machine's clock has been set, in milliseconds.
    pub clock_set_ms: Mutex<i64>,
    /// How long the machine has slept.
    pub slept: Mutex<Duration>,
    /// When the syncs ran, in seconds since the start.
    pub ran_at: Mutex<Vec<u64>>,
    /// When they wrote, in seconds since the start.
    pub wrote_at: Mutex<Vec<u64>>,
    /// The version before each sync, as it finds it.
    pub previous_version: Mutex<Option<u64>>,
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
            error: Mutex::default(),
            holder: Mutex::default(),
            store: Mutex::new(Ok(None)),
            clock_set_ms: Mutex::default(),
            slept: Mutex::default(),
            ran_at: Mutex::default(),
            wrote_at: Mutex::default(),
            previous_version: Mutex::default(),
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

    /// Now, by a clock that is right.
    pub fn true_time(&self) -> Timestamp {
        let slept = u64::try_from(self.slept.lock().unwrap().as_millis()).unwrap();
        Timestamp::from_millis(START_MS).plus(self.elapsed_ms() + slept)
    }

    /// Now, by the machine's clock.
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.true_time().as_millis() + *self.clock_set_ms.lock().unwrap())
    }
}

pub struct Counting(pub Arc<Script>);

#[async_trait]
impl Job for Counting {
    async fn run(&self) -> Report {
        self.0.ran_at.lock().unwrap().push(self.0.elapsed_ms() / 1000);
        self.0.begun.add_permits(1);
        self.0.permits.acquire().await.unwrap().forget();
        let outcome = *self.0.outcome.lock().unwrap();
        let previous_version = *self.0.previous_version.lock().unwrap();
        let writes = u32::from(outcome == Outcome::Published && self.0.holder.lock().unwrap().is_none());
        let report = Report { previous_version, writes, ..report(outcome, self.0.now()) };
        if writes > 0 {
            self.0.wrote_at.lock().unwrap().push(self.0.elapsed_ms() / 1000);
        }
        if let Some(holder) = *self.0.holder.lock().unwrap() {
            let error = ErrorReport {
                code: "locked",
                class: ErrorClass::Locked,
                message: format!("the lock is held by {holder}"),
            };
            return Report { error: Some(error), ..failed(report) };
        }
        let error = self.0.error.lock().unwrap().filter(|_| outcome == Outcome::Failed);
        let error = error.map(|(code, class)| ErrorReport { code, class, message: "it failed".to_owned() });
        Report { error, ..report }
    }

    async fn standing(&self) -> Result<Option<KnownSnapshot>, String> {
        self.0.store.lock().unwrap().clone()
    }

    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn slept(&self) -> Duration {
        *self.0.slept.lock().unwrap()
    }

    fn jitter(&self) -> f64 {
        0.5
    }
}

fn failed(report: Report) -> Report {
    Report { outcome: Outcome::Failed, version: None, checksum: None, checked_at: None, ..report }
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
        signed_by: Vec::new(),
        bytes: 6_000,
        max_bytes: 1_000_000,
        hold: None,
        warnings: Vec::new(),
        quarantined: Vec::new(),
        steps_ms: BTreeMap::new(),
        duration_ms: 120,
        error: None,
        writes: 0,
    }
}

/// The keys that the service is started with.
pub fn keys() -> Keys {
    let [admin, metrics, webhook] = [KEY, METRICS_TOKEN, WEBHOOK_TOKEN].map(SecretString::from);
    Keys::new(&admin, Some(&metrics), Some(&webhook))
}

/// The endpoints over a stand-in.
pub struct Served {
    pub script: Arc<Script>,
    pub service: Arc<Service>,
    pub router: Router,
}

impl Served {
    pub fn new(outcome: Outcome) -> Self {
        Self::with_writes(outcome, WriteAllowance::Free)
    }

    /// Over a store whose writes cost this.
    pub fn with_writes(outcome: Outcome, writes: WriteAllowance) -> Self {
        let script = Script::new(outcome);
        let service = Arc::new(Service::new(Box::new(Counting(Arc::clone(&script))), writes));
        let router = router(Arc::clone(&service), keys());
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
