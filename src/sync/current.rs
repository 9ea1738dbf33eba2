//! What the store holds before a run: a verified snapshot, or the traces of one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::publish::Payloads;
use super::store::Item;
use crate::domain::canonical::to_canonical;
use crate::domain::key::{Key, marked_version};
use crate::domain::verify::{EntryVerdict, VerifiedSnapshot, verify_snapshot};

/// The store's items, seen as a snapshot.
#[derive(Debug, Clone)]
pub struct Current {
    /// The verdict on each key.
    pub verdicts: Vec<EntryVerdict>,
    /// The snapshot, if every entry of it is verified.
    pub snapshot: Option<VerifiedSnapshot>,
    /// The payloads of a verified snapshot; otherwise none, for what does not verify counts as empty.
    pub payloads: Payloads,
    /// The highest version that the store has a trace of; 0 if none. It counts even if nothing else verifies, so
    /// that no version is ever used twice.
    pub highest_version: u64,
    /// The versions that have a marker.
    pub markers: Vec<u64>,
    /// Whether there is anything under the manifest's key, good or bad.
    pub has_manifest: bool,
    /// Whether there is anything of Atlas at all.
    pub is_empty: bool,
}

impl Current {
    /// Examines the items of a store. Keys that are not Atlas's are passed over.
    #[must_use]
    pub fn of(items: Vec<Item>) -> Self {
        let markers: Vec<u64> = items.iter().filter_map(|item| marked_version(&item.key)).collect();
        let values: BTreeMap<Key, Value> =
            items.into_iter().filter_map(|item| Some((Key::from_stored(&item.key)?, item.value))).collect();
        let text = |value: &Value| to_canonical(value).unwrap_or_default();
        let texts: BTreeMap<Key, String> = values.iter().map(|(key, value)| (*key, text(value))).collect();
        let (verdicts, snapshot) = verify_snapshot(|key| texts.get(&key).map(String::as_str));
        let stated = values.get(&Key::Manifest).and_then(|manifest| manifest.get("version")).and_then(Value::as_u64);
        let highest_version = markers.iter().copied().chain(stated).max().unwrap_or(0);
        let payloads = if snapshot.is_some() { payloads(values.clone()) } else { Payloads::new() };
        let has_manifest = values.contains_key(&Key::Manifest);
        let is_empty = values.is_empty() && markers.is_empty();
        Self { verdicts, snapshot, payloads, highest_version, markers, has_manifest, is_empty }
    }

    /// A store in which this version was written and cannot be trusted: nothing in it counts but its number.
    #[must_use]
    pub fn distrusted(version: u64) -> Self {
        Self {
            verdicts: Vec::new(),
            snapshot: None,
            payloads: Payloads::new(),
            highest_version: version,
            markers: vec![version],
            has_manifest: true,
            is_empty: false,
        }
    }

    /// How many records the verified snapshot has; 0 without one.
    #[must_use]
    pub fn records(&self) -> u64 {
        let entries = self.snapshot.iter().flat_map(|snapshot| snapshot.manifest.entries());
        entries.map(|(_, summary)| summary.records).sum()
    }
}

fn payloads(values: BTreeMap<Key, Value>) -> Payloads {
    let payload = |(key, mut value): (Key, Value)| match key {
        Key::Entry(key) => Some((key, value.get_mut("payload")?.take())),
        Key::Manifest => None,
    };
    values.into_iter().filter_map(payload).collect()
}
