//! Snapshots to read, and a reader that is told what came.

use std::collections::BTreeMap;

use atlas::domain::decide::decision::{Hit, Miss, Signature};
use atlas::domain::decide::records::{Records, TemplateHead};
use atlas::domain::decide::route::Lookup;
use atlas::domain::format::canonical::to_canonical;
use atlas::domain::format::seal::{ManifestHead, seal_entry, seal_manifest};
use atlas::domain::key::{EntryKey, EntryMap, Key};
use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Item, Items, Step, Ticket};
use atlas::domain::time::Timestamp;
use atlas::domain::verify::EntrySummary;
use serde_json::{Value, json};

/// An instance that every snapshot here serves.
pub const LOOKUP: Lookup<'static> =
    Lookup { widget_type: Some("t"), template_id: Some("a"), schema_version: Some("1"), plan: Some("free") };

/// An instance without a template, so that the templates are not read.
pub const BARE: Lookup<'static> = Lookup { template_id: None, plan: None, ..LOOKUP };

/// Milliseconds after a moment at which the snapshots here are fresh.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_795_348_800_000 + ms)
}

/// What a store holds: JSON texts by key.
#[derive(Clone)]
pub struct Store(pub BTreeMap<Key, String>);

/// A snapshot whose template has this name; entries keep the version in which they last changed.
pub fn snapshot(version: u64, name: &str, templates_version: u64) -> Store {
    let payload = |key: EntryKey| -> (Value, u64) {
        match key {
            EntryKey::WidgetTemplates => (
                json!({ "a": { "widgetType": "t", "schemaVersion": "1", "name": name, "layout": null, "skin": null,
                    "density": null, "accents": [], "premium": false, "defaults": {}, "descriptor": {} } }),
                templates_version,
            ),
            EntryKey::WidgetSchemas => (json!({ "t": { "1": { "schema": {} } } }), 1),
            EntryKey::PlanHints => {
                (json!({ "free": { "branding": { "enforced": true }, "features": {}, "limits": {} } }), 1)
            }
        }
    };
    let (mut texts, mut entries) = (BTreeMap::new(), EntryMap::default());
    for key in EntryKey::ALL {
        let (payload, version) = payload(key);
        let sealed = seal_entry(key, &to_canonical(&payload).unwrap(), version, at(0));
        let bytes = sealed.text.len() as u64;
        entries.insert(key, EntrySummary { bytes, checksum: sealed.checksum, records: 1, version });
        texts.insert(Key::Entry(key), sealed.text);
    }
    let head = ManifestHead { version, updated_at: at(0), checked_at: at(0), writer: "test/1".to_owned(), hold: None };
    texts.insert(Key::Manifest, seal_manifest(&head, &entries).unwrap().text);
    Store(texts)
}

/// A value of the store, known by its text.
#[derive(Debug, Clone)]
pub struct Stored {
    pub text: String,
    value: Value,
}

impl Records for Stored {
    fn has_widget_type(&self, widget_type: &str) -> bool {
        self.value.has_widget_type(widget_type)
    }

    fn has_schema(&self, widget_type: &str, version: &str) -> bool {
        self.value.has_schema(widget_type, version)
    }

    fn template(&self, id: &str) -> Option<TemplateHead> {
        self.value.template(id)
    }

    fn has_plan(&self, plan: &str) -> bool {
        self.value.has_plan(plan)
    }

    fn is_same_text(&self, judged: &Self, _: bool) -> bool {
        self.text == judged.text
    }
}

/// An item with this text, which need not be JSON.
pub fn item(text: String) -> Item<Stored> {
    let value = serde_json::from_str(&text).unwrap_or_default();
    Item { text: Box::new(text.clone()), hashed: None, value: Stored { text, value } }
}

impl Store {
    /// The values under some keys; each value is its own text.
    pub fn answer(&self, ticket: &Ticket) -> Answer<Stored> {
        Answer::Items(self.items(ticket))
    }

    pub fn items(&self, ticket: &Ticket) -> Items<Stored> {
        let item = |key| self.0.get(&key).map(|text| item(text.clone()));
        let mut entries = EntryMap::default();
        for key in ticket.keys() {
            if let (Key::Entry(entry), Some(item)) = (key, item(key)) {
                entries.insert(entry, item);
            }
        }
        Items { manifest: item(Key::Manifest), signature: Signature::default(), entries }
    }
}

pub fn reader() -> Reader<Stored> {
    Reader::new(Options { refresh_ms: 10_000, ..Options::default() })
}

/// A reader that has read a store at time 0.
pub fn warm(store: &Store) -> Reader<Stored> {
    let mut reader = reader();
    let (result, _) = look_up(&mut reader, store, &LOOKUP, 0);
    result.unwrap();
    reader
}

/// More reads than any lookup needs of a store that stands still.
pub const MOST_READS: usize = 4;

/// A whole lookup against a store that answers at once: the decision, and the entries that each read asked for.
pub fn look_up(
    reader: &mut Reader<Stored>,
    store: &Store,
    lookup: &Lookup<'_>,
    ms: i64,
) -> (Result<Hit, Miss>, Vec<Vec<EntryKey>>) {
    let mut reads = Vec::new();
    let mut step = reader.begin(lookup, at(ms));
    loop {
        match step {
            Step::Decided(result) => return (result, reads),
            Step::Read(ticket) => {
                reads.push(ticket.entries.iter().collect());
                assert!(reads.len() <= MOST_READS, "a lookup that does not end: {reads:?}");
                step = reader.receive(&ticket, store.answer(&ticket), lookup, at(ms));
            }
            Step::Behind(hit, _) => panic!("nobody reads behind {hit:?}"),
        }
    }
}

/// The read that a lookup waits for.
pub fn read(step: Step) -> Ticket {
    match step {
        Step::Read(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

/// The reason for a lookup's fallback.
pub fn reason(step: Step) -> &'static str {
    match step {
        Step::Decided(Err(miss)) => miss.reason.code(),
        other => panic!("{other:?}"),
    }
}

/// The version that a reader serves.
pub fn version(reader: &Reader<Stored>) -> u64 {
    reader.manifest().unwrap().version()
}

/// The time from which a hit may be another one.
pub fn until(reader: &Reader<Stored>, ms: i64) -> Option<Timestamp> {
    reader.standing(at(ms)).map(|standing| standing.until())
}

/// The text of the manifest that a driver may confirm alone.
pub fn may_be_confirmed(reader: &Reader<Stored>, ms: i64) -> Option<&str> {
    reader.standing(at(ms))?.manifest.map(|manifest| manifest.text.as_str())
}
