//! Refreshing behind the answer: who can go on reading after it has answered never waits for a refresh.

use atlas::domain::key::{EntryKey, Key};
use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Step, Ticket};

use crate::support::{
    BARE, LOOKUP, MOST_READS, Store, Stored, at, look_up, read, reader, reason, snapshot, until, version, warm,
};

/// The read behind an answer.
fn behind(step: Step) -> Ticket {
    match step {
        Step::Behind(_, ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

/// Reads behind an answer until nothing more is to be read: the entries that each read asked for.
fn refresh(reader: &mut Reader<Stored>, store: &Store, ms: i64) -> Vec<Vec<EntryKey>> {
    let mut reads = Vec::new();
    let mut next = Some(behind(reader.begin_behind(&LOOKUP, at(ms))));
    while let Some(ticket) = next {
        reads.push(ticket.entries.iter().collect());
        assert!(reads.len() <= MOST_READS, "a refresh that does not end: {reads:?}");
        next = reader.receive_behind(&ticket, store.answer(&ticket), at(ms));
    }
    reads
}

fn reasons(reader: &mut Reader<Stored>) -> Vec<&'static str> {
    reader.take_events().into_iter().map(|event| event.reason.unwrap_or(event.event)).collect()
}

#[test]
fn a_hit_is_served_at_once_and_what_changed_is_read_behind_it() {
    let mut reader = warm(&snapshot(1, "before", 1));
    assert!(matches!(reader.begin_behind(&LOOKUP, at(9_999)), Step::Decided(Ok(_))));
    let reads = refresh(&mut reader, &snapshot(2, "after", 2), 10_000);
    assert_eq!(reads, [vec![], vec![EntryKey::WidgetTemplates]]);
    assert_eq!(version(&reader), 2);
    assert!(reader.held(Key::Entry(EntryKey::WidgetTemplates)).unwrap().text.contains("after"));
    assert!(matches!(reader.begin_behind(&LOOKUP, at(10_001)), Step::Decided(Ok(_))), "it is fresh again");
}

#[test]
fn one_read_is_under_way_behind_all_the_answers_of_a_second() {
    let mut reader = warm(&snapshot(1, "a", 1));
    behind(reader.begin_behind(&LOOKUP, at(10_000)));
    for ms in [10_000, 10_999] {
        assert!(matches!(reader.begin_behind(&LOOKUP, at(ms)), Step::Decided(Ok(_))), "{ms}");
    }
    behind(reader.begin_behind(&LOOKUP, at(11_000)));
}

#[test]
fn reads_that_are_not_heard_of_come_less_and_less_often_down_to_the_refresh_time() {
    let mut reader = warm(&snapshot(1, "a", 1));
    let mut began_at = 10_000;
    let mut last = behind(reader.begin_behind(&LOOKUP, at(began_at)));
    for wait in [1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
        let early = reader.begin_behind(&LOOKUP, at(began_at + wait - 1));
        assert!(matches!(early, Step::Decided(Ok(_))), "{wait}: {early:?}");
        began_at += wait;
        last = behind(reader.begin_behind(&LOOKUP, at(began_at)));
    }
    // One that failed has been heard of.
    assert_eq!(reader.receive_behind(&last, Answer::Failed("no".to_owned()), at(began_at + 5)), None);
    assert!(matches!(reader.begin_behind(&LOOKUP, at(began_at + 999)), Step::Decided(Ok(_))));
    let next = behind(reader.begin_behind(&LOOKUP, at(began_at + 1_000)));
    assert_eq!(reader.receive_behind(&next, snapshot(1, "a", 1).answer(&next), at(began_at + 1_005)), None);
    assert_eq!(until(&reader, began_at + 1_005), Some(at(began_at + 11_000)));
}

#[test]
fn an_answer_behind_never_takes_the_place_of_a_newer_one() {
    let (old, new) = (snapshot(1, "a", 1), snapshot(2, "a", 1));
    let mut reader = warm(&old);
    let slow = behind(reader.begin_behind(&LOOKUP, at(10_000)));
    let quick = behind(reader.begin_behind(&LOOKUP, at(11_000)));
    assert_eq!(reader.receive_behind(&quick, new.answer(&quick), at(11_005)), None);
    assert_eq!(reader.receive_behind(&slow, old.answer(&slow), at(11_010)), None);
    assert_eq!(version(&reader), 2);
}

#[test]
fn what_no_memo_can_answer_is_waited_for() {
    let mut cold = reader();
    read(cold.begin_behind(&LOOKUP, at(0)));
    let store = snapshot(1, "a", 1);
    let mut reader = reader();
    look_up(&mut reader, &store, &BARE, 0).0.unwrap();
    let ticket = read(reader.begin_behind(&LOOKUP, at(10_000)));
    assert!(ticket.entries.iter().eq([EntryKey::PlanHints, EntryKey::WidgetTemplates]));
    let unknown = atlas::domain::decide::route::Lookup { widget_type: Some("new"), ..BARE };
    read(reader.begin_behind(&unknown, at(10_000)));
}

#[test]
fn an_outage_behind_the_answers_is_told_and_costs_none_of_them() {
    let mut reader = warm(&snapshot(1, "a", 1));
    for ms in [10_000, 11_000, 12_000] {
        let ticket = behind(reader.begin_behind(&LOOKUP, at(ms)));
        assert_eq!(reader.receive_behind(&ticket, Answer::TimedOut, at(ms + 50)), None);
    }
    assert!(matches!(reader.begin_behind(&LOOKUP, at(13_000)), Step::Decided(Ok(_))), "the breaker is open");
    assert_eq!(reasons(&mut reader), ["timeout"]);
    let reads = refresh(&mut reader, &snapshot(1, "a", 1), 17_050);
    assert_eq!(reads, [vec![]]);
    assert_eq!(reasons(&mut reader), ["atlas_recovered"]);
}

#[test]
fn what_is_older_than_allowed_is_not_served_behind_any_outage() {
    let options = Options { max_age_ms: 20_000, ..Options::default() };
    let mut reader = Reader::new(options);
    look_up(&mut reader, &snapshot(1, "a", 1), &LOOKUP, 0).0.unwrap();
    assert!(matches!(reader.begin_behind(&LOOKUP, at(20_000)), Step::Behind(..)));
    let ticket = read(reader.begin_behind(&LOOKUP, at(20_001)));
    assert_eq!(reason(reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(20_051))), "timeout");
}

#[test]
fn a_bad_snapshot_behind_an_answer_leaves_the_memo_and_is_told() {
    let flip = |key: Key| {
        let mut store = snapshot(3, "bad", 3);
        store.0.insert(key, store.0[&key].replace("\"version\":3", "\"version\":4"));
        store
    };
    let cases = [
        (flip(Key::Manifest), "corrupt"),
        (flip(Key::Entry(EntryKey::WidgetTemplates)), "corrupt"),
        (snapshot(1, "old", 1), "rollback"),
        (Store(std::collections::BTreeMap::new()), "key_missing"),
    ];
    for (store, told) in cases {
        let mut reader = warm(&snapshot(2, "good", 2));
        refresh(&mut reader, &store, 10_000);
        assert_eq!(version(&reader), 2, "{told}");
        assert!(reader.held(Key::Entry(EntryKey::WidgetTemplates)).unwrap().text.contains("good"), "{told}");
        assert_eq!(reasons(&mut reader), [told]);
        assert!(matches!(reader.begin_behind(&LOOKUP, at(10_500)), Step::Decided(Ok(_))), "{told}");
    }
}

#[test]
fn plan_hints_that_went_bad_fail_closed_and_hold_up_nothing_else() {
    let mut reader = warm(&snapshot(1, "before", 1));
    let mut store = snapshot(2, "after", 2);
    // The manifest names new hints, and the store holds none.
    let fresh = snapshot_with_new_hints(&mut store);
    refresh(&mut reader, &fresh, 10_000);
    assert_eq!(version(&reader), 2);
    let Step::Decided(Ok(hit)) = reader.begin(&LOOKUP, at(10_001)) else { panic!("no hit") };
    assert_eq!((hit.plan_known, hit.warning.unwrap().code), (false, "plan_hints_missing"));
}

fn snapshot_with_new_hints(store: &mut Store) -> Store {
    use atlas::domain::format::seal::{ManifestHead, seal_manifest};
    use atlas::domain::key::EntryMap;
    use atlas::domain::verify::{EntrySummary, verify_manifest};
    let manifest = verify_manifest(&store.0[&Key::Manifest]).unwrap();
    let mut entries = EntryMap::default();
    for (key, summary) in manifest.entries() {
        let other = EntrySummary { version: 2, checksum: manifest.checksum(), ..*summary };
        entries.insert(key, if key == EntryKey::PlanHints { other } else { *summary });
    }
    let head =
        ManifestHead { version: 2, updated_at: at(0), checked_at: at(0), writer: "test/1".to_owned(), hold: None };
    store.0.insert(Key::Manifest, seal_manifest(&head, &entries).unwrap().text);
    store.0.remove(&Key::Entry(EntryKey::PlanHints));
    Store(store.0.clone())
}

#[test]
fn a_hit_stays_the_same_until_it_is_due_or_too_old() {
    let mut reader = warm(&snapshot(1, "a", 1));
    assert_eq!(until(&reader, 1), Some(at(10_000)));
    assert_eq!(until(&reader, 10_000), Some(at(10_000)), "a read is due");
    assert_eq!(until(&reader, -10_000), Some(at(-10_000)), "a clock that was set back is no reason to wait");
    assert!(reader.peek(&LOOKUP, at(9_999)).is_some_and(|result| result.is_ok()));
    assert!(reader.peek(&LOOKUP, at(10_000)).is_none());

    let mut short = Reader::new(Options { max_age_ms: 5_000, ..Options::default() });
    assert_eq!(until(&short, 0), None, "a cold reader has no hit");
    look_up(&mut short, &snapshot(1, "a", 1), &LOOKUP, 0).0.unwrap();
    assert_eq!(until(&short, 1), Some(at(5_001)));
    assert!(short.peek(&LOOKUP, at(5_000)).is_some_and(|result| result.is_ok()));
    assert!(short.peek(&LOOKUP, at(5_001)).is_some_and(|result| result.is_err()));
}

#[test]
fn a_clock_that_was_set_back_delays_no_refresh() {
    let mut reader = warm(&snapshot(1, "a", 1));
    assert!(reader.peek(&LOOKUP, at(-9_999)).is_some());
    assert!(reader.peek(&LOOKUP, at(-10_000)).is_none());
}
