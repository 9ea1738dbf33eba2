//! The snapshot that comes with a deployment, the least version, signatures, and the last resort.

use atlas::domain::decide::decision::Signature;
use atlas::domain::key::{EntryKey, EntrySet, Key};
use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Items, Step, Ticket};

use crate::support::{LOOKUP, Store, Stored, at, look_up, read, reader, snapshot};

const HOUR: i64 = 3_600_000;

fn whole(store: &Store) -> Items<Stored> {
    let entries = EntrySet::ALL;
    store.items(&Ticket { number: 0, attempt: 3, started_at: at(0), entries })
}

fn embedding(store: &Store, now: i64) -> Reader<Stored> {
    let mut reader = reader();
    reader.embed(whole(store), at(now));
    reader
}

#[test]
fn it_answers_like_a_memo_that_is_due_to_be_refreshed() {
    let store = snapshot(2, "x", 1);
    let mut reader = embedding(&store, HOUR);
    assert!(reader.is_embedded());
    assert!(reader.peek(&LOOKUP, at(HOUR)).is_none(), "the store comes first");
    let ticket = read(reader.begin(&LOOKUP, at(HOUR)));
    assert!(ticket.entries.is_empty(), "the entries are held");
    let Step::Behind(_, ticket) = reader.begin_behind(&LOOKUP, at(HOUR)) else { panic!("not served at once") };
    assert_eq!(reader.receive_behind(&ticket, store.answer(&ticket), at(HOUR + 1)), None);
    assert!(!reader.is_embedded(), "the store has confirmed it");
    assert!(reader.peek(&LOOKUP, at(HOUR + 2)).is_some());
}

#[test]
fn nothing_below_its_version_is_served_though_it_never_was() {
    let mut reader = embedding(&snapshot(5, "x", 1), HOUR);
    let (result, _) = look_up(&mut reader, &snapshot(4, "x", 1), &LOOKUP, HOUR);
    assert_eq!(result.unwrap_err().reason.code(), "rollback");
    look_up(&mut reader, &snapshot(6, "x", 1), &LOOKUP, HOUR + 1).0.unwrap();
}

#[test]
fn a_damaged_one_is_logged_and_forgotten() {
    let mut damaged = snapshot(5, "x", 1);
    damaged.0.insert(Key::Entry(EntryKey::WidgetSchemas), "{}".to_owned());
    let mut reader = embedding(&damaged, HOUR);
    let events = reader.take_events();
    assert_eq!(events.iter().map(|event| event.event).collect::<Vec<_>>(), ["atlas_corrupt"]);
    assert!(!reader.is_embedded());
    look_up(&mut reader, &snapshot(4, "x", 1), &LOOKUP, HOUR).0.unwrap();
}

/// An answer may come before the snapshot is embedded: the reader is another one after a trap.
#[test]
fn one_that_is_refused_is_no_floor_though_a_read_was_answered_before() {
    // The templates have changed, so that the memo does not hold them.
    let mut damaged = snapshot(5, "y", 5);
    damaged.0.insert(Key::Entry(EntryKey::WidgetTemplates), "{}".to_owned());
    let store = snapshot(4, "x", 1);
    for (embedded, code) in [(&damaged, "atlas_corrupt"), (&snapshot(5, "x", 1), "none")] {
        let mut reader = reader();
        look_up(&mut reader, &store, &LOOKUP, HOUR).0.unwrap();
        reader.take_events();
        reader.embed(whole(embedded), at(HOUR));
        assert_eq!(reader.take_events().first().map_or("none", |event| event.event), code);
        let (result, _) = look_up(&mut reader, &store, &LOOKUP, HOUR + 10_000);
        assert_eq!(result.is_ok(), code != "none", "a valid one is a floor, whenever it comes");
    }
}

/// The platform checks its signatures, and meanwhile a late answer brings what the store holds, which lags behind the
/// deployment.
#[test]
fn an_older_snapshot_that_came_before_it_gives_way() {
    let mut reader = reader();
    look_up(&mut reader, &snapshot(4, "x", 1), &LOOKUP, HOUR).0.unwrap();
    assert_eq!(reader.embed(whole(&snapshot(5, "y", 1)), at(HOUR + 1)), Some(5));
    assert!(matches!(reader.begin_behind(&LOOKUP, at(HOUR + 2)), Step::Behind(..)), "not served");
    assert!(reader.last_resort(&LOOKUP, 2 * HOUR.unsigned_abs(), at(HOUR + 3)).is_some());
}

#[test]
fn an_expired_one_is_not_served_and_is_a_last_resort_for_as_long_as_was_set() {
    let age = 14 * HOUR;
    let mut reader = embedding(&snapshot(5, "x", 1), age);
    read(reader.begin_behind(&LOOKUP, at(age)));
    for (most, served) in [(age - 1, false), (age, true), (age + 1, true)] {
        let hit = reader.last_resort(&LOOKUP, most.unsigned_abs(), at(age));
        assert_eq!(hit.is_some(), served, "{most}");
    }
}

#[test]
fn a_last_resort_is_never_below_what_was_served() {
    let mut reader = reader();
    look_up(&mut reader, &snapshot(7, "x", 1), &LOOKUP, HOUR).0.unwrap();
    let hour = HOUR.unsigned_abs();
    assert!(reader.last_resort(&LOOKUP, hour, at(HOUR)).is_some());
    assert!(reader.last_resort(&LOOKUP, hour - 1, at(HOUR)).is_none());
    let (older, _) = look_up(&mut reader, &snapshot(6, "x", 1), &LOOKUP, HOUR + 10_000);
    assert_eq!(older.unwrap_err().reason.code(), "rollback");
    let mut reader: Reader<Stored> = Reader::new(Options { min_version: 8, ..Options::default() });
    reader.embed(whole(&snapshot(7, "x", 1)), at(HOUR));
    assert!(reader.last_resort(&LOOKUP, hour, at(HOUR)).is_none());
}

#[test]
fn the_least_version_is_a_floor_from_the_start() {
    for (min_version, served) in [(6, true), (7, true), (8, false)] {
        let mut reader = Reader::new(Options { min_version, ..Options::default() });
        let (result, _) = look_up(&mut reader, &snapshot(7, "x", 1), &LOOKUP, 0);
        assert_eq!(result.is_ok(), served, "{min_version}");
        if let Err(miss) = result {
            assert_eq!(miss.reason.code(), "rollback");
        }
    }
}

#[test]
fn signatures_that_were_valid_are_not_checked_again_and_others_may_be() {
    let store = snapshot(1, "x", 1);
    let invalid = || Signature::Invalid("expected a signature by 1 of 1 keys, found none".to_owned());
    for (first, again, served) in [
        (Signature::Valid, Signature::Unchecked, [true, true]),
        (Signature::Valid, invalid(), [true, true]),
        (invalid(), Signature::Unchecked, [false, false]),
        (invalid(), Signature::Valid, [false, true]),
        (Signature::Unchecked, Signature::Valid, [false, true]),
    ] {
        let mut reader = Reader::new(Options { signed: true, ..Options::default() });
        for ((now, signature), served) in [(0, first), (10_000, again)].into_iter().zip(served) {
            let ticket = read(reader.begin(&LOOKUP, at(now)));
            let items = Items { signature, ..store.items(&ticket) };
            let step = reader.receive(&ticket, Answer::Items(items), &LOOKUP, at(now));
            let Step::Decided(result) = step else { panic!("{step:?}") };
            assert_eq!(result.is_ok(), served);
        }
    }
}
