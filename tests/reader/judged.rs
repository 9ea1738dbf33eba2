//! What was judged once is not judged again.

use std::cell::Cell;
use std::rc::Rc;

use atlas::domain::json::window::Text;
use atlas::domain::key::{EntryKey, Key};
use atlas::domain::read::step::{Answer, Item, Step, Ticket};

use crate::support::{BARE, LOOKUP, MOST_READS, Store, Stored, at, read, reader, reason, snapshot};

/// A text that counts how often it is read from the beginning.
struct Counted(String, Rc<Cell<u32>>);

impl Text for Counted {
    fn canonical(&self) -> Result<Option<Box<dyn Text>>, String> {
        Text::canonical(&self.0)
    }

    fn length(&self) -> usize {
        self.0.len()
    }

    fn read(&self, at: usize, into: &mut [u8]) {
        if at == 0 {
            self.1.set(self.1.get() + 1);
        }
        Text::read(&self.0, at, into);
    }
}

impl Store {
    /// What a read brings, with texts that count how often they are judged.
    fn counted(&self, ticket: &Ticket, judged: &Rc<Cell<u32>>) -> Answer<Stored> {
        let mut items = self.items(ticket);
        let counted = |item: Item<Stored>| {
            let text = Box::new(Counted(item.value.text.clone(), Rc::clone(judged)));
            Item { text, ..item }
        };
        items.manifest = items.manifest.map(counted);
        for key in EntryKey::ALL {
            if let Some(item) = items.entries.remove(key) {
                items.entries.insert(key, counted(item));
            }
        }
        Answer::Items(items)
    }

    fn damaged(mut self, key: Key, from: &str, to: &str) -> Self {
        let text = self.0.get_mut(&key).unwrap();
        *text = text.replace(from, to);
        self
    }
}

const TEMPLATES: Key = Key::Entry(EntryKey::WidgetTemplates);
const SCHEMAS: Key = Key::Entry(EntryKey::WidgetSchemas);

#[test]
fn bytes_that_were_judged_good_or_bad_are_not_judged_again() {
    let whole = snapshot(1, "x", 1);
    let damaged = whole.clone().damaged(TEMPLATES, "\"x\"", "\"y\"");
    let bad_manifest = whole.clone().damaged(Key::Manifest, "test/1", "test/2");
    let mut resealed_otherwise = snapshot(2, "z", 2);
    resealed_otherwise.0.insert(TEMPLATES, whole.0[&TEMPLATES].clone());

    for store in [whole, damaged, bad_manifest, resealed_otherwise] {
        let (judged, mut reader) = (Rc::new(Cell::new(0)), reader());
        let mut steps: Vec<_> = (0..20).map(|_| reader.begin(&LOOKUP, at(0))).collect();
        let mut after_the_first = None;
        for round in 0.. {
            if steps.is_empty() {
                break;
            }
            assert!(round < MOST_READS, "{} lookups that do not end", steps.len());
            steps = steps
                .into_iter()
                .filter_map(|step| {
                    let Step::Read(ticket) = step else { return None };
                    let next = reader.receive(&ticket, store.counted(&ticket, &judged), &LOOKUP, at(1));
                    after_the_first.get_or_insert(judged.get());
                    Some(next)
                })
                .collect();
        }
        assert_eq!(Some(judged.get()), after_the_first, "twenty lookups, one verification");
    }
}

#[test]
fn a_bad_entry_is_not_judged_again_while_lookups_without_it_are_served() {
    let store = snapshot(1, "x", 1).damaged(TEMPLATES, "\"x\"", "\"y\"");
    let (judged, mut reader) = (Rc::new(Cell::new(0)), reader());
    let ticket = read(reader.begin(&BARE, at(0)));
    assert!(matches!(reader.receive(&ticket, store.answer(&ticket), &BARE, at(0)), Step::Decided(Ok(_))));
    let mut after_the_first = None;
    for _ in 0..3 {
        let ticket = read(reader.begin(&LOOKUP, at(1)));
        assert_eq!(reason(reader.receive(&ticket, store.counted(&ticket, &judged), &LOOKUP, at(1))), "corrupt");
        assert_eq!(judged.get(), *after_the_first.get_or_insert(judged.get()));
    }
}

#[test]
fn bad_entries_are_not_judged_again_where_lookups_need_different_ones() {
    let store = snapshot(1, "x", 1).damaged(TEMPLATES, "\"x\"", "\"y\"").damaged(SCHEMAS, "\"t\"", "\"u\"");
    let (judged, mut reader) = (Rc::new(Cell::new(0)), reader());
    let mut after_the_first = None;
    for lookup in [&LOOKUP, &BARE, &LOOKUP, &BARE] {
        let ticket = read(reader.begin(lookup, at(0)));
        assert_eq!(reason(reader.receive(&ticket, store.counted(&ticket, &judged), lookup, at(0))), "corrupt");
        assert_eq!(judged.get(), *after_the_first.get_or_insert(judged.get()));
    }
}
