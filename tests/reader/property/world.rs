//! What is published in a random run: a handful of tiny snapshots, sealed once, and every way in which a store may give
//! something else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use atlas::domain::decide::decision::Signature;
use atlas::domain::decide::route::Lookup;
use atlas::domain::format::canonical::to_canonical;
use atlas::domain::format::seal::{ManifestHead, seal_entry, seal_manifest};
use atlas::domain::key::{EntryKey, EntryMap, Key};
use atlas::domain::read::step::Items;
use atlas::domain::verify::EntrySummary;
use serde_json::{Value, json};

use crate::support::{Stored, at, item};

pub const HOUR: i64 = 3_600_000;

/// What a snapshot holds, and when it was confirmed.
struct Content {
    version: u64,
    checked_at: i64,
    template_name: &'static str,
    /// Whether it has the second template, and the second schema version that this one follows.
    second: bool,
    /// Whether it names plan hints at all.
    plans: bool,
}

/// In the order of publication. The third is a heartbeat of the second: only its time differs.
const CONTENTS: [Content; 5] = [
    Content { version: 1, checked_at: 0, template_name: "x", second: false, plans: true },
    Content { version: 2, checked_at: HOUR, template_name: "y", second: false, plans: true },
    Content { version: 2, checked_at: 6 * HOUR, template_name: "y", second: false, plans: true },
    Content { version: 3, checked_at: 7 * HOUR, template_name: "y", second: true, plans: true },
    Content { version: 4, checked_at: 8 * HOUR, template_name: "z", second: true, plans: false },
];

/// How many snapshots there are.
pub const SNAPSHOTS: usize = CONTENTS.len();

const FIRST: Lookup<'static> =
    Lookup { widget_type: Some("t"), template_id: Some("a"), schema_version: Some("1"), plan: Some("free") };
const SECOND: Lookup<'static> = Lookup { template_id: Some("b"), schema_version: Some("2"), ..FIRST };

/// What is looked up, by place: served by every snapshot, by the later ones, and by none.
pub const LOOKUPS: [Lookup<'static>; 7] = [
    FIRST,
    Lookup { template_id: None, plan: None, ..FIRST },
    Lookup { plan: None, ..FIRST },
    SECOND,
    Lookup { template_id: None, ..SECOND },
    Lookup { widget_type: Some("nope"), ..FIRST },
    Lookup { schema_version: Some("2"), ..FIRST },
];

/// A snapshot as it was published.
pub struct Published {
    pub version: u64,
    /// Milliseconds after `at(0)`.
    pub checked_at: i64,
    pub has_plans: bool,
    second: bool,
    texts: BTreeMap<Key, String>,
}

impl Published {
    /// The published text under a key.
    pub fn text(&self, key: Key) -> Option<&str> {
        self.texts.get(&key).map(String::as_str)
    }

    /// What its records make of a lookup: `hit`, or the reason why not.
    pub fn records_say(&self, lookup: &Lookup<'_>) -> &'static str {
        let later = lookup.schema_version == Some("2");
        match lookup {
            Lookup { widget_type: Some("nope"), .. } => "record_missing",
            Lookup { template_id: Some("b"), .. } if !self.second => "record_missing",
            Lookup { template_id: Some("a"), .. } if later => "schema_version_mismatch",
            _ if later && !self.second => "schema_version_mismatch",
            _ => "hit",
        }
    }
}

static WORLD: LazyLock<[Published; SNAPSHOTS]> = LazyLock::new(|| CONTENTS.map(|content| publish(&content)));

/// The snapshot at a place.
pub fn published(place: usize) -> &'static Published {
    &WORLD[place % SNAPSHOTS]
}

/// The snapshot whose manifest this is.
pub fn of_manifest(text: &str) -> Option<&'static Published> {
    WORLD.iter().find(|published| published.text(Key::Manifest) == Some(text))
}

fn publish(content: &Content) -> Published {
    let (mut texts, mut entries) = (BTreeMap::new(), EntryMap::default());
    for key in EntryKey::ALL {
        if key == EntryKey::PlanHints && !content.plans {
            continue;
        }
        let (payload, records, version) = payload(key, content);
        let sealed = seal_entry(key, &to_canonical(&payload).unwrap(), version, at(0));
        let bytes = sealed.text.len() as u64;
        entries.insert(key, EntrySummary { bytes, checksum: sealed.checksum, records, version });
        texts.insert(Key::Entry(key), sealed.text);
    }
    let Content { version, checked_at, second, plans, .. } = *content;
    let head = ManifestHead {
        version,
        updated_at: at(0),
        checked_at: at(checked_at),
        writer: "test/1".to_owned(),
        hold: None,
    };
    texts.insert(Key::Manifest, seal_manifest(&head, &entries).unwrap().text);
    Published { version, checked_at, has_plans: plans, second, texts }
}

/// The payload, its records, and the version in which it last changed.
fn payload(key: EntryKey, content: &Content) -> (Value, u64, u64) {
    let template = |name: &str, schema: &str| {
        json!({ "widgetType": "t", "schemaVersion": schema, "name": name, "layout": null, "skin": null, "density": null,
            "accents": [], "premium": false, "defaults": {}, "descriptor": {} })
    };
    let first = template(content.template_name, "1");
    let changed = content.version;
    match (key, content.second) {
        (EntryKey::WidgetTemplates, false) => (json!({ "a": first }), 1, changed),
        (EntryKey::WidgetTemplates, true) => (json!({ "a": first, "b": template("b", "2") }), 2, changed),
        (EntryKey::WidgetSchemas, false) => (json!({ "t": { "1": { "schema": {} } } }), 1, 1),
        (EntryKey::WidgetSchemas, true) => (json!({ "t": { "1": { "schema": {} }, "2": { "schema": {} } } }), 2, 3),
        (EntryKey::PlanHints, _) => {
            (json!({ "free": { "branding": { "enforced": true }, "features": {}, "limits": {} } }), 1, 1)
        }
    }
}

/// What a store gives under one key.
#[derive(Debug, Clone, Copy)]
pub enum Cell {
    /// What this snapshot has there.
    Of(usize),
    /// What this snapshot has there, with one byte changed.
    Flipped(usize, usize),
    /// What this snapshot has under another key.
    Misplaced(usize, usize),
    /// What this snapshot has there, in a format that is not known.
    OtherFormat(usize),
    /// Nothing.
    Missing,
}

impl Cell {
    /// The text under a key.
    pub fn text(self, key: Key) -> Option<String> {
        let of = |place: usize, key| published(place).text(key).map(str::to_owned);
        match self {
            Self::Of(place) => of(place, key),
            Self::Flipped(place, byte) => of(place, key).map(|text| flipped(&text, byte)),
            Self::Misplaced(place, other) => of(place, another(key, other)),
            Self::OtherFormat(place) => of(place, key).map(|text| text.replace("\"format\":1", "\"format\":2")),
            Self::Missing => None,
        }
    }
}

/// One bit of one byte is another; what is published is ASCII, and stays so.
fn flipped(text: &str, byte: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = byte % bytes.len();
    bytes[at] ^= 1;
    String::from_utf8(bytes).unwrap()
}

fn another(key: Key, place: usize) -> Key {
    let others: Vec<_> = Key::ALL.into_iter().filter(|other| *other != key).collect();
    others[place % others.len()]
}

/// What a store gives under each key, in the order of [`Key::ALL`].
pub type Cells = [Cell; Key::ALL.len()];

/// The answer to a read of some keys. Each value is its own text, so that what is served shows where it came from.
pub fn items(cells: &Cells, keys: impl Iterator<Item = Key>) -> Items<Stored> {
    let mut items = Items { manifest: None, signature: Signature::default(), entries: EntryMap::default() };
    for key in keys {
        let place = Key::ALL.iter().position(|known| *known == key).unwrap();
        let Some(text) = cells[place].text(key) else { continue };
        let item = item(text);
        match key {
            Key::Manifest => items.manifest = Some(item),
            Key::Entry(entry) => items.entries.insert(entry, item),
        }
    }
    items
}
