//! What is published over the day: a tiny snapshot, sealed anew by each publish and each heartbeat.

use std::collections::BTreeMap;

use crate::domain::decide::decision::Signature;
use crate::domain::decide::records::{Records, TemplateHead};
use crate::domain::decide::route::Lookup;
use crate::domain::format::checksum::Checksum;
use crate::domain::format::seal::{ManifestHead, Sealed, seal_entry, seal_manifest};
use crate::domain::json::window::Text;
use crate::domain::key::{EntryKey, EntryMap, EntrySet, Key};
use crate::domain::read::step::{Item, Items};
use crate::domain::time::Timestamp;
use crate::domain::verify::EntrySummary;
use crate::scenario::Publish;

/// What every request looks up: an instance without a template.
pub const LOOKUP: Lookup<'static> =
    Lookup { widget_type: Some("t"), template_id: None, schema_version: Some("1"), plan: Some("free") };

/// Milliseconds since the epoch at which the simulation begins: 2026-11-22T00:00:00Z.
const EPOCH_MS: i64 = 1_795_305_600_000;

/// A time of the simulation, in microseconds, as the reader sees it.
pub fn at(us: u64) -> Timestamp {
    Timestamp::from_millis(EPOCH_MS + (us / 1000) as i64)
}

/// A time of the reader's in microseconds of the simulation.
pub fn since_start(time: Timestamp) -> u64 {
    time.since(at(0)).max(0) as u64 * 1000
}

/// A value of the store, known by its key and the publish that wrote it. So two texts are compared in no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    key: Key,
    written_by: usize,
}

impl Records for Stored {
    fn has_widget_type(&self, _: &str) -> bool {
        true
    }

    fn has_schema(&self, _: &str, _: &str) -> bool {
        true
    }

    fn template(&self, _: &str) -> Option<TemplateHead> {
        None
    }

    fn has_plan(&self, _: &str) -> bool {
        true
    }

    fn is_same_text(&self, judged: &Self, _: bool) -> bool {
        self == judged
    }
}

/// A sealed value. It lives as long as the program, so that no thread counts references to it.
#[derive(Clone, Copy)]
struct Value {
    stored: Stored,
    text: &'static str,
    checksum: Checksum,
}

impl Value {
    fn new(key: Key, written_by: usize, sealed: Sealed) -> Self {
        Self { stored: Stored { key, written_by }, text: sealed.text.leak(), checksum: sealed.checksum }
    }

    /// As at the edge: `JSON.stringify` wrote its text, and the platform hashed it, once.
    fn item(&self) -> Item<Stored> {
        Item { text: Box::new(Canonical(self.text)), hashed: Some(self.checksum), value: self.stored }
    }
}

/// Text that is known to be canonical.
struct Canonical(&'static str);

impl Text for Canonical {
    fn length(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        self.0.read(at, into);
    }

    fn canonical(&self) -> Result<Option<Box<dyn Text>>, String> {
        Ok(None)
    }
}

/// A state of the store.
#[derive(Clone)]
pub struct Published {
    manifest: Value,
    entries: BTreeMap<EntryKey, Value>,
}

impl Published {
    /// The manifest as a reader holds it.
    pub fn manifest(&self) -> &Stored {
        &self.manifest.stored
    }

    /// The manifest, and these entries.
    pub fn items(&self, wanted: EntrySet) -> Items<Stored> {
        let mut entries = EntryMap::default();
        for key in wanted.iter() {
            if let Some(value) = self.entries.get(&key) {
                entries.insert(key, value.item());
            }
        }
        Items { manifest: Some(self.manifest.item()), signature: Signature::default(), entries }
    }
}

/// The states of the store, in the order of the publishes.
///
/// # Panics
///
/// If a snapshot cannot be sealed.
pub fn publish(publishes: &[Publish]) -> Vec<Published> {
    let mut states: Vec<Published> = Vec::new();
    let mut version = 0;
    for (place, publish) in publishes.iter().enumerate() {
        let before = states.last();
        version += u64::from(before.is_none() || !publish.is_heartbeat);
        let changes = |key| before.is_none() || (!publish.is_heartbeat && key == EntryKey::PlanHints);
        let mut entries = before.map(|before| before.entries.clone()).unwrap_or_default();
        for key in EntryKey::ALL.into_iter().filter(|key| changes(*key)) {
            let sealed = seal_entry(key, payload(key), version, at(publish.at));
            entries.insert(key, Value::new(Key::Entry(key), place, sealed));
        }
        let manifest = manifest(version, publish, &entries, publishes);
        states.push(Published { manifest: Value::new(Key::Manifest, place, manifest), entries });
    }
    states
}

fn manifest(version: u64, publish: &Publish, entries: &BTreeMap<EntryKey, Value>, all: &[Publish]) -> Sealed {
    let mut summaries = EntryMap::default();
    for (key, value) in entries {
        // Each publish but a heartbeat has the next version, the first has 1.
        let changes = all.iter().take(value.stored.written_by + 1);
        let version = changes.filter(|publish| !publish.is_heartbeat).count() as u64;
        let (bytes, checksum) = (value.text.len() as u64, value.checksum);
        let records = u64::from(*key != EntryKey::WidgetTemplates);
        summaries.insert(*key, EntrySummary { bytes, checksum, records, version });
    }
    let writer = "fleet/1".to_owned();
    let head = ManifestHead { version, updated_at: at(publish.at), checked_at: at(publish.at), writer, hold: None };
    seal_manifest(&head, &summaries).expect("a manifest without a hold is canonical")
}

fn payload(key: EntryKey) -> &'static str {
    match key {
        EntryKey::WidgetTemplates => "{}",
        EntryKey::WidgetSchemas => r#"{"t":{"1":{"schema":{}}}}"#,
        EntryKey::PlanHints => r#"{"free":{"branding":{"enforced":true},"features":{},"limits":{}}}"#,
    }
}
