//! A local store that is served over HTTP, content to publish, and time that does not have to be waited for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use atlas::dev::{STORE_ID, WRITE_TOKEN, router, serve};
use atlas::domain::time::Timestamp;
use atlas::sync::net::http::Limits;
use atlas::sync::plan::Stored;
use atlas::sync::run::{Outcome, Report, RunFailure, RunOptions, Runner, Timer};
use atlas::sync::signature::Signing;
use atlas::sync::source::built_in::BuiltInSource;
use atlas::sync::source::{Michael, Row, Source, SourceError, Table};
use atlas::sync::store::{ApiName, FileStore, Store, VercelConfig, VercelStore};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

/// The local store over HTTP, on a free port, until the test ends.
pub struct Server {
    pub url: String,
    directory: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        Self::over(tempfile::tempdir().unwrap()).await
    }

    /// Another server over a copy of the state, its backups included.
    pub async fn copied(&self) -> Self {
        let copy = tempfile::tempdir().unwrap();
        copy_state(&self.state(), &copy.path().join("state.json"));
        Self::over(copy).await
    }

    async fn over(directory: TempDir) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let store = FileStore::new(directory.path().join("state.json"), || 1_795_348_800_000);
        tokio::spawn(serve(listener, router(store), std::future::pending()));
        Self { url, directory }
    }

    /// The store as the job reaches it.
    pub fn store(&self) -> VercelStore {
        self.store_with(WRITE_TOKEN, Limits::default())
    }

    pub fn store_with(&self, token: &str, limits: Limits) -> VercelStore {
        store_at(&self.url, token, limits)
    }

    /// The same store behind the server's back: no fault touches it.
    pub fn file(&self) -> FileStore {
        FileStore::new(self.state(), || 1_795_348_800_000)
    }

    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state.json")
    }

    pub async fn stands(&self) -> Stored {
        Stored::of(self.file().items().await.unwrap())
    }

    /// The version that stands, whole, with its marker and no other.
    pub async fn version(&self) -> u64 {
        whole(&self.stands().await)
    }

    /// The versions that stood, in the order of the writes, of the states that were whole.
    pub async fn history(&self) -> Vec<u64> {
        // From a copy: a write between two looks at the file would show one state twice. A backup never changes.
        let copy = self.directory.path().join("copy.json");
        copy_state(&self.state(), &copy);
        let file = FileStore::new(copy, || 1_795_348_800_000);
        let mut states = vec![file.items().await.unwrap()];
        for backup in file.backups().await.unwrap() {
            states.push(file.backup(&backup.id).await.unwrap());
        }
        let whole = states.into_iter().rev().filter_map(|items| Stored::of(items).snapshot);
        whole.map(|snapshot| snapshot.manifest().version()).collect()
    }

    pub async fn faults(&self, faults: Value) {
        let url = format!("{}/_atlas/faults", self.url);
        let body = json!({ "faults": faults }).to_string();
        let request = client().put(url).bearer_auth(WRITE_TOKEN).body(body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// How many requests of the management API are under way or were made: `writes` or `apiReads`, `pending` or
    /// `requests`.
    pub async fn stats(&self, group: &str, count: &str) -> u64 {
        let text = client().get(format!("{}/_atlas/stats", self.url)).send().await.unwrap().text().await.unwrap();
        let stats: Value = serde_json::from_str(&text).unwrap();
        stats[group][count].as_u64().unwrap_or_else(|| panic!("{text}"))
    }
}

/// Copies a state file, if there is one, and its backups.
fn copy_state(from: &Path, to: &Path) {
    if from.exists() {
        std::fs::copy(from, to).unwrap();
    }
    let (from, to) = (from.with_extension("json.backups"), to.with_extension("json.backups"));
    std::fs::create_dir_all(&to).unwrap();
    for kept in std::fs::read_dir(from).into_iter().flatten() {
        let kept = kept.unwrap();
        std::fs::copy(kept.path(), to.join(kept.file_name())).unwrap();
    }
}

/// The local store at this address of the API.
pub fn store_at(url: &str, token: &str, limits: Limits) -> VercelStore {
    VercelStore::new(VercelConfig {
        api_url: url.to_owned(),
        api_name: ApiName::EdgeConfig,
        id: STORE_ID.to_owned(),
        team_id: None,
        token: token.into(),
        limits,
    })
    .unwrap()
}

pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The version of a store that is whole, with its marker and no other.
pub fn whole(current: &Stored) -> u64 {
    let snapshot = current.snapshot.as_ref().unwrap_or_else(|| panic!("not whole: {:#?}", current.verdicts));
    let version = snapshot.manifest().version();
    assert_eq!(current.markers, [version]);
    version
}

/// Michael's rows of Phase 1, with this name for every template, or as they are.
#[derive(Clone)]
pub struct Rows(pub Option<String>);

impl Rows {
    pub fn named(name: &(impl ToString + ?Sized)) -> Self {
        Self(Some(name.to_string()))
    }
}

#[async_trait]
impl Source for Rows {
    fn describe(&self) -> String {
        "rows of a test".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let mut michael = BuiltInSource.read().await?;
        if let Some(name) = &self.0 {
            for row in rows_of(&mut michael, Table::WidgetTemplates) {
                row.insert("name".into(), json!(name));
            }
        }
        Ok(michael)
    }
}

/// The rows of a table, to be changed.
pub fn rows_of(michael: &mut Michael, table: Table) -> &mut Vec<Row> {
    &mut michael.tables.get_mut(&table).unwrap().rows
}

/// A Michael who changes, and counts how often he is read.
#[derive(Clone)]
pub struct Changing(Arc<Mutex<Changes>>);

struct Changes {
    name: String,
    reads: usize,
    at_read: Option<(usize, String)>,
    during: Option<Meanwhile>,
}

/// What happens while Michael is read.
type Meanwhile = Box<dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

impl Changing {
    pub fn named(name: &str) -> Self {
        Self(Arc::new(Mutex::new(Changes { name: name.to_owned(), reads: 0, at_read: None, during: None })))
    }

    /// From now on every template has this name.
    pub fn becomes(&self, name: &str) {
        name.clone_into(&mut self.0.lock().unwrap().name);
    }

    /// From that read on, counted from 0, every template has this name.
    pub fn becomes_at_read(&self, read: usize, name: &str) {
        self.0.lock().unwrap().at_read = Some((read, name.to_owned()));
    }

    /// This happens once, after the rows were read and before they are handed over.
    pub fn during_the_first_read(
        &self,
        meanwhile: impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send + 'static,
    ) {
        self.0.lock().unwrap().during = Some(Box::new(meanwhile));
    }

    pub fn reads(&self) -> usize {
        self.0.lock().unwrap().reads
    }
}

#[async_trait]
impl Source for Changing {
    fn describe(&self) -> String {
        "a Michael who changes".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let (name, during) = {
            let mut changes = self.0.lock().unwrap();
            let reads = changes.reads;
            if let Some((_, name)) = changes.at_read.take_if(|(read, _)| *read <= reads) {
                changes.name = name;
            }
            changes.reads += 1;
            (changes.name.clone(), changes.during.take().map(|during| during()))
        };
        if let Some(during) = during {
            during.await;
        }
        Rows(Some(name)).read().await
    }
}

/// What the templates of a store are named.
pub fn name_in(current: &Stored) -> String {
    let templates = &current.payloads[&atlas::domain::key::EntryKey::WidgetTemplates];
    let templates: Value = serde_json::from_str(&templates.text).unwrap();
    let names: Vec<_> = templates.as_object().unwrap().values().map(|template| template["name"].clone()).collect();
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    names[0].as_str().unwrap().to_owned()
}

/// Does not wait, and counts what it should have waited as if it had passed.
pub struct Skipping {
    waits: Mutex<Vec<Duration>>,
}

impl Skipping {
    pub fn new() -> Self {
        Self { waits: Mutex::default() }
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

#[async_trait]
impl Timer for Skipping {
    fn now(&self) -> Instant {
        Instant::now() + self.waits().iter().sum::<Duration>()
    }

    async fn sleep(&self, time: Duration) {
        self.waits.lock().unwrap().push(time);
        tokio::task::yield_now().await;
    }
}

/// A job without keys.
pub static UNSIGNED: LazyLock<Signing> = LazyLock::new(|| Signing::new(Vec::new(), None, Vec::new()).unwrap());

pub fn now() -> Timestamp {
    atlas::sync::clock::now()
}

/// One run that does not wait between tries.
pub async fn sync(source: &dyn Source, store: &dyn Store, options: &RunOptions) -> Result<Report, RunFailure> {
    sync_with(source, store, options, &Skipping::new()).await
}

pub async fn sync_with(
    source: &dyn Source,
    store: &dyn Store,
    options: &RunOptions,
    timer: &Skipping,
) -> Result<Report, RunFailure> {
    runner(store, options, timer).sync(source).await
}

/// A run without keys.
pub fn runner<'a>(store: &'a dyn Store, options: &'a RunOptions, timer: &'a dyn Timer) -> Runner<'a> {
    Runner { store, options, signing: &UNSIGNED, clock: &now, timer, progress: &|_| {} }
}

pub async fn restore(store: &dyn Store, backup: Option<&str>) -> Result<Report, RunFailure> {
    let (timer, options) = (Skipping::new(), RunOptions::default());
    let runner = Runner { store, options: &options, signing: &UNSIGNED, clock: &now, timer: &timer, progress: &|_| {} };
    runner.restore(backup).await
}

/// One run that must publish; gives the version.
pub async fn published(name: &str, store: &dyn Store) -> u64 {
    let report = sync(&Rows::named(name), store, &RunOptions::default()).await.unwrap();
    assert_eq!(report.outcome, Outcome::Published);
    report.version.unwrap()
}

/// The program, against this server, with all that it needs and nothing of the machine's own environment.
pub fn program(arguments: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
    command.args(arguments).env_clear().kill_on_drop(true);
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    command
}

/// Michael's rows as files, with this name for every template.
pub async fn rows_in(directory: &std::path::Path, name: &str) -> String {
    let michael = Rows::named(name).read().await.unwrap();
    for (table, read) in michael.tables {
        let text = serde_json::to_string(&read.rows).unwrap();
        std::fs::write(directory.join(format!("{table}.json")), text).unwrap();
    }
    format!("file:{}", directory.display())
}

/// Waits until this process has a file open so many times, for at most 20 s; on Linux.
pub async fn until_open(path: &std::path::Path, times: usize) {
    let handles = || {
        let handles = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
        handles.filter_map(|handle| std::fs::read_link(handle.path()).ok()).filter(|target| target == path).count()
    };
    let opened = async {
        while handles() < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let opened = tokio::time::timeout(Duration::from_secs(20), opened).await;
    assert!(opened.is_ok(), "{} is open {} times, not {times}", path.display(), handles());
}
