//! What was judged once is not judged again.

use std::cell::Cell;
use std::rc::Rc;

use atlas::domain::json::window::Text;
use atlas::domain::key::{EntryKey, Key};
use atlas::domain::read::step::{Answer, Item, Step, Ticket};

use crate::support::{LOOKUP, MOST_READS, Stored, at, reader, snapshot};

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

#[test]
fn bytes_that_were_judged_good_or_bad_are_not_judged_again() {
    let whole = snapshot(1, "x", 1);
    let mut damaged = whole.clone();
    let templates = damaged.0.get_mut(&Key::Entry(EntryKey::WidgetTemplates)).unwrap();
    *templates = templates.replace("\"x\"", "\"y\"");
    let mut bad_manifest = whole.clone();
    let manifest = bad_manifest.0.get_mut(&Key::Manifest).unwrap();
    *manifest = manifest.replace("test/1", "test/2");
    let mut resealed_otherwise = snapshot(2, "z", 2);
    let entry = Key::Entry(EntryKey::WidgetTemplates);
    resealed_otherwise.0.insert(entry, whole.0[&entry].clone());

    for store in [whole, damaged, bad_manifest, resealed_otherwise] {
        let (judged, mut reader) = (Rc::new(Cell::new(0)), reader());
        let count = |ticket: &Ticket| {
            let mut items = store.items(ticket);
            let counted = |item: Item<Stored>| {
                let text = Box::new(Counted(item.value.text.clone(), Rc::clone(&judged)));
                Item { text, ..item }
            };
            items.manifest = items.manifest.map(counted);
            for key in EntryKey::ALL {
                if let Some(item) = items.entries.remove(key) {
                    items.entries.insert(key, counted(item));
                }
            }
            Answer::Items(items)
        };
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
                    let next = reader.receive(&ticket, count(&ticket), &LOOKUP, at(1));
                    after_the_first.get_or_insert(judged.get());
                    Some(next)
                })
                .collect();
        }
        assert_eq!(Some(judged.get()), after_the_first, "twenty lookups, one verification");
    }
}
