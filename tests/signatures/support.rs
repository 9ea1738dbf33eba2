//! A store in a file, keys for tests, and runs over them.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use atlas::domain::format::seal::{ManifestHead, Sealed, seal_entry, seal_manifest};
use atlas::domain::key::EntryMap;
use atlas::domain::time::Timestamp;
use atlas::domain::verify::EntrySummary;
use atlas::sync::plan::Stored;
use atlas::sync::run::{
    Deadline, Report, RetryingStore, RunFailure, RunOptions, Runner, SyncError, SystemTimer, verify,
};
use atlas::sync::signature::{PublicKey, Signing, SigningKey, Trust};
use atlas::sync::source::built_in::BuiltInSource;
use atlas::sync::source::{Michael, Source, SourceError, Table};
use atlas::sync::store::{FileStore, Item, Json, Operation, Store};
use serde_json::{Value, json};
use tempfile::TempDir;

pub fn fixture(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// One of the keys for tests: `old`, `new` or `stranger`.
pub fn key(name: &str) -> SigningKey {
    let keys = fixture("keys.json");
    SigningKey::from_pem(keys["keys"][name]["privatePem"].as_str().unwrap()).unwrap().remove(0)
}

pub fn public(name: &str) -> PublicKey {
    key(name).public()
}

pub fn id(name: &str) -> String {
    public(name).id()
}

/// Signs with these keys, and trusts the others besides.
pub fn signing(keys: &[&str], trusted: &[&str]) -> Signing {
    let trusted = trusted.iter().map(|name| public(name)).collect();
    Signing::new(keys.iter().map(|name| key(name)).collect(), None, trusted).unwrap()
}

/// A reader's public keys.
pub fn trust(keys: &[&str]) -> Trust {
    Trust::new(&keys.iter().map(|name| public(name)).collect::<Vec<_>>(), 1).unwrap()
}

/// What somebody makes up: many more records than Michael has, and other schemas under his names.
pub struct MadeUp;

#[async_trait]
impl Source for MadeUp {
    fn describe(&self) -> String {
        "rows that are made up".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let mut michael = Rows("forged").read().await?;
        for row in &mut michael.tables.get_mut(&Table::WidgetSchemas).unwrap().rows {
            row.insert("schema".into(), json!({ "title": "forged" }));
        }
        let templates = &mut michael.tables.get_mut(&Table::WidgetTemplates).unwrap().rows;
        let first = templates.first().unwrap().clone();
        templates.extend((0..40).map(|number| {
            let mut row = first.clone();
            row.insert("template_id".into(), json!(format!("forged-{number}")));
            row
        }));
        Ok(michael)
    }
}

/// Michael's rows of Phase 1, with this name for every template.
pub struct Rows(pub &'static str);

#[async_trait]
impl Source for Rows {
    fn describe(&self) -> String {
        "rows of a test".to_owned()
    }

    async fn read(&self) -> Result<Michael, SourceError> {
        let mut michael = BuiltInSource.read().await?;
        for row in &mut michael.tables.get_mut(&Table::WidgetTemplates).unwrap().rows {
            row.insert("name".into(), json!(self.0));
        }
        Ok(michael)
    }
}

pub struct Place {
    directory: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub fn store(&self) -> FileStore {
        FileStore::new(self.directory.path().join("store.json"), || 1_795_348_800_000)
    }

    pub async fn items(&self) -> Vec<Item> {
        self.store().items().await.unwrap()
    }

    pub async fn stands(&self) -> Stored {
        Stored::of(self.items().await)
    }

    /// Puts these items in place of all that are there, as somebody with the write token can.
    pub async fn overwrite(&self, items: Vec<Item>) {
        let gone = self.items().await.into_iter().map(|item| Operation::delete(&item.key));
        let gone: Vec<_> = gone.collect();
        if !gone.is_empty() {
            self.store().patch(&gone).await.unwrap();
        }
        let new: Vec<_> = items.into_iter().map(|item| Operation::create(&item.key, item.value)).collect();
        if !new.is_empty() {
            self.store().patch(&new).await.unwrap();
        }
    }

    pub async fn sync(&self, name: &'static str, signing: &Signing) -> Result<Report, RunFailure> {
        self.sync_with(name, signing, &RunOptions::default()).await
    }

    pub async fn sync_with(
        &self,
        name: &'static str,
        signing: &Signing,
        options: &RunOptions,
    ) -> Result<Report, RunFailure> {
        let store = self.store();
        runner(&store, options, signing).sync(&Rows(name)).await
    }

    /// A sync by a clock that is this far behind.
    pub async fn sync_ago(&self, ago: Duration, name: &'static str, signing: &Signing) -> Report {
        let (store, options) = (self.store(), RunOptions::default());
        let ago = i64::try_from(ago.as_millis()).unwrap();
        let clock = &|| Timestamp::from_millis(now().as_millis() - ago);
        Runner { clock, ..runner(&store, &options, signing) }.sync(&Rows(name)).await.unwrap()
    }

    /// Puts what stands back with these versions and times, unsigned: those of the manifest, and of its entries.
    pub async fn reseal(&self, manifest: (u64, Timestamp), entries: (u64, Timestamp)) {
        let stands = self.stands().await;
        let mut summaries = EntryMap::default();
        let mut written = Vec::new();
        for (key, payload) in &stands.payloads {
            let Sealed { checksum, text } = seal_entry(*key, &payload.text, entries.0, entries.1);
            let bytes = text.len() as u64;
            summaries.insert(*key, EntrySummary { bytes, checksum, records: payload.records, version: entries.0 });
            written.push(Operation::upsert(key.stored(), Json::from_text(text).unwrap()));
        }
        let (version, updated_at) = manifest;
        let head = ManifestHead { version, updated_at, checked_at: now(), writer: "somebody".to_owned(), hold: None };
        let text = seal_manifest(&head, &summaries).unwrap().text;
        written.push(Operation::upsert("atlas_v1_manifest", Json::from_text(text).unwrap()));
        self.store().patch(&written).await.unwrap();
        assert_eq!(self.stands().await.version(), Some(version));
    }

    pub async fn restore(
        &self,
        backup: Option<&str>,
        signing: &Signing,
        options: &RunOptions,
    ) -> Result<Report, RunFailure> {
        let store = self.store();
        runner(&store, options, signing).restore(backup).await
    }

    pub async fn release(&self, signing: &Signing) -> Result<Report, RunFailure> {
        let (store, options) = (self.store(), RunOptions::default());
        runner(&store, &options, signing).release().await
    }

    /// What a reader with these public keys makes of the store.
    pub async fn read_with(&self, keys: &[&str]) -> Result<Stored, SyncError> {
        let store = self.store();
        let deadline = Deadline::after(&SystemTimer, Duration::from_secs(10));
        verify(&RetryingStore::new(&store, deadline), now(), Some(&trust(keys))).await
    }
}

/// A job without keys.
pub static UNSIGNED: LazyLock<Signing> = LazyLock::new(|| Signing::new(Vec::new(), None, Vec::new()).unwrap());

pub fn runner<'a>(store: &'a dyn Store, options: &'a RunOptions, signing: &'a Signing) -> Runner<'a> {
    Runner { store, options, signing, clock: &now, timer: &SystemTimer, progress: &|_| {} }
}

pub fn now() -> Timestamp {
    atlas::sync::clock::now()
}

/// What the templates of a store are named.
pub fn name_in(stored: &Stored) -> String {
    let templates = &stored.payloads[&atlas::domain::key::EntryKey::WidgetTemplates];
    let templates: Value = serde_json::from_str(&templates.text).unwrap();
    templates["faq-classic-light"]["name"].as_str().unwrap().to_owned()
}
