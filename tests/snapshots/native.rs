//! The fixtures, natively.

use std::collections::BTreeMap;
use std::path::Path;

use atlas::domain::decide::decision::Signature;
use atlas::domain::decide::route::Lookup;
use atlas::domain::format::canonical::to_canonical;
use atlas::domain::json::window::Text;
use atlas::domain::key::{EntryKey, EntryMap, Key};
use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Item, Items, Step};
use atlas::domain::time::Timestamp;
use atlas::domain::verify::verify_snapshot;

use serde_json::Value;

use super::fixture::{FIXTURES, Fixture, MOST_READS, Outcome};

#[test]
fn every_fixture_gives_what_it_expects() {
    for (name, text) in FIXTURES {
        let fixture = Fixture::parse(text);
        let texts = fixture.items.iter().map(|(key, value)| (key.clone(), to_canonical(value).unwrap())).collect();
        let outcome = Outcome { entries: verdicts(&texts), ..decision(&fixture, &texts) };
        assert_eq!(outcome, Outcome::from(fixture.expect), "{name}");
    }
}

#[test]
fn every_fixture_is_in_the_list() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/snapshots");
    let files = std::fs::read_dir(directory).unwrap().count();
    assert_eq!(FIXTURES.len(), files);
}

fn verdicts(texts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let (verdicts, _) = verify_snapshot(|key| texts.get(key.stored()).map(|text| text as &dyn Text));
    let told = verdicts.iter().map(|verdict| {
        let name = verdict.key.trim_start_matches("atlas:v1:").to_owned();
        (name, verdict.reason.map_or("verified", |reason| reason.code()).to_owned())
    });
    told.collect()
}

fn decision(fixture: &Fixture, texts: &BTreeMap<String, String>) -> Outcome {
    let now = Timestamp::parse(&fixture.now).unwrap();
    let asked = &fixture.lookup;
    let lookup = Lookup {
        widget_type: asked.widget_type.as_deref(),
        template_id: asked.template_id.as_deref(),
        schema_version: asked.schema_version.as_deref(),
        plan: asked.plan.as_deref(),
    };
    let mut reader = Reader::new(Options::default());
    let mut step = reader.begin(&lookup, now);
    let mut reads = 0;
    let result = loop {
        match step {
            Step::Decided(result) => break result,
            Step::Behind(hit, _) => panic!("nobody reads behind {hit:?}"),
            Step::Read(ticket) => step = reader.receive(&ticket, Answer::Items(items(fixture, texts)), &lookup, now),
        }
        reads += 1;
        assert!(reads <= MOST_READS, "a lookup that does not end");
    };
    let (decision, warning) = match result {
        Ok(hit) => ("hit", hit.warning.map(|warning| warning.code.to_owned())),
        Err(miss) => (miss.reason.code(), None),
    };
    Outcome { decision: decision.to_owned(), warning, entries: BTreeMap::new() }
}

fn items(fixture: &Fixture, texts: &BTreeMap<String, String>) -> Items<Value> {
    let item = |key: Key| {
        let (text, value) = (texts.get(key.stored())?, fixture.items.get(key.stored())?);
        Some(Item { text: Box::new(text.clone()), hashed: None, value: value.clone() })
    };
    let mut entries = EntryMap::default();
    for key in EntryKey::ALL {
        if let Some(item) = item(Key::Entry(key)) {
            entries.insert(key, item);
        }
    }
    Items { manifest: item(Key::Manifest), signature: Signature::default(), entries }
}
