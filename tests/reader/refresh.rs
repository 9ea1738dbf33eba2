//! What is read, and when.

use atlas::domain::key::EntryKey::{self, PlanHints, WidgetSchemas, WidgetTemplates};
use atlas::domain::key::Key;
use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Step, Ticket};

use crate::support::{
    BARE, LOOKUP, Store, Stored, at, look_up, may_be_confirmed, read, reader, reason, snapshot, until, version, warm,
};

#[test]
fn a_cold_reader_reads_manifest_and_needed_keys_at_once() {
    let store = snapshot(1, "x", 1);
    let mut reader = reader();
    let (result, reads) = look_up(&mut reader, &store, &BARE, 0);
    assert!(result.is_ok());
    assert_eq!(reads, [vec![WidgetSchemas]]);
    let (result, reads) = look_up(&mut reader, &store, &LOOKUP, 1);
    assert!(result.is_ok());
    assert_eq!(reads, [vec![PlanHints, WidgetTemplates]], "only what it does not hold yet");
}

#[test]
fn within_the_refresh_time_nothing_is_read_and_then_the_manifest_alone() {
    let store = snapshot(1, "x", 1);
    let mut reader = warm(&store);
    for ms in [1, 9_999] {
        assert!(matches!(reader.begin(&LOOKUP, at(ms)), Step::Decided(Ok(_))), "{ms}");
    }
    let (result, reads) = look_up(&mut reader, &store, &LOOKUP, 10_000);
    assert!(result.is_ok());
    assert_eq!(reads, [Vec::<EntryKey>::new()]);
    assert!(matches!(reader.begin(&LOOKUP, at(19_999)), Step::Decided(Ok(_))));
}

#[test]
fn only_what_changed_is_read_again() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let (result, reads) = look_up(&mut reader, &snapshot(2, "y", 2), &LOOKUP, 10_000);
    assert!(result.is_ok());
    assert_eq!(reads, [vec![], vec![WidgetTemplates]]);
    assert_eq!(version(&reader), 2);
    assert!(reader.held(Key::Entry(WidgetTemplates)).unwrap().text.contains("\"name\":\"y\""));
}

#[test]
fn a_torn_read_is_read_once_more() {
    let (old, new) = (snapshot(1, "x", 1), snapshot(2, "y", 2));
    let mut torn = new.clone();
    torn.0.insert(Key::Entry(WidgetTemplates), old.0[&Key::Entry(WidgetTemplates)].clone());

    let mut reader = reader();
    let first = read(reader.begin(&LOOKUP, at(0)));
    let second = read(reader.receive(&first, torn.answer(&first), &LOOKUP, at(0)));
    assert_eq!(second.entries, first.entries);
    let step = reader.receive(&second, new.answer(&second), &LOOKUP, at(0));
    assert!(matches!(step, Step::Decided(Ok(_))), "{step:?}");

    let mut reader = crate::support::reader();
    let first = read(reader.begin(&LOOKUP, at(0)));
    let second = read(reader.receive(&first, torn.answer(&first), &LOOKUP, at(0)));
    assert_eq!(reason(reader.receive(&second, torn.answer(&second), &LOOKUP, at(0))), "corrupt");
}

#[test]
fn a_damaged_entry_is_not_read_twice_and_leaves_the_memo_alone() {
    let good = snapshot(1, "x", 1);
    let mut reader = warm(&good);
    let mut bad = snapshot(2, "y", 2);
    bad.0.insert(Key::Entry(WidgetTemplates), bad.0[&Key::Entry(WidgetTemplates)].replace("\"y\"", "\"z\""));
    let (result, reads) = look_up(&mut reader, &bad, &LOOKUP, 10_000);
    assert_eq!(result.unwrap_err().reason.code(), "corrupt");
    assert_eq!(reads, [vec![], vec![WidgetTemplates]]);
    assert_eq!(version(&reader), 1);
    // Still in doubt a moment later: the old memo is not served as if nothing had happened.
    let (result, _) = look_up(&mut reader, &bad, &LOOKUP, 10_001);
    assert_eq!(result.unwrap_err().reason.code(), "corrupt");
    let (result, _) = look_up(&mut reader, &snapshot(3, "y", 3), &LOOKUP, 10_002);
    assert!(result.is_ok());
}

#[test]
fn an_older_version_than_one_that_was_verified_is_a_rollback() {
    let mut reader = warm(&snapshot(2, "y", 2));
    let (result, _) = look_up(&mut reader, &snapshot(1, "x", 1), &LOOKUP, 10_000);
    assert_eq!(result.unwrap_err().reason.code(), "rollback");
    assert_eq!(version(&reader), 2);
    let (result, _) = look_up(&mut reader, &snapshot(3, "x", 3), &LOOKUP, 10_001);
    assert!(result.is_ok(), "a restore is a new version");
}

#[test]
fn bad_hints_are_read_once_in_a_refresh_time() {
    let mut store = snapshot(1, "x", 1);
    store.0.remove(&Key::Entry(PlanHints));
    let mut reader = reader();
    let (result, _) = look_up(&mut reader, &store, &LOOKUP, 0);
    assert_eq!(result.unwrap().warning.unwrap().code, "plan_hints_missing");
    let (result, reads) = look_up(&mut reader, &store, &LOOKUP, 1);
    assert_eq!(result.unwrap().warning.unwrap().code, "plan_hints_missing");
    assert!(reads.is_empty(), "{reads:?}");
    let (result, _) = look_up(&mut reader, &snapshot(1, "x", 1), &LOOKUP, 10_000);
    assert!(result.unwrap().plan_known, "mended in the store");
}

#[test]
fn an_expired_memo_is_not_served() {
    let store = snapshot(1, "x", 1);
    let mut reader = warm(&store);
    let thirteen_hours = 13 * 3_600_000;
    let (result, _) = look_up(&mut reader, &store, &LOOKUP, thirteen_hours);
    assert!(result.is_ok());
    let (result, reads) = look_up(&mut reader, &store, &LOOKUP, thirteen_hours + 1);
    assert_eq!((result.unwrap_err().reason.code(), reads.len()), ("expired", 0));
}

#[test]
fn an_answer_that_is_older_than_the_memo_is_slow_and_no_rollback() {
    let (old, new) = (snapshot(1, "x", 1), snapshot(2, "y", 2));
    let mut reader = reader();
    let slow = read(reader.begin(&LOOKUP, at(0)));
    let quick = read(reader.begin(&LOOKUP, at(1)));
    assert!(matches!(reader.receive(&quick, new.answer(&quick), &LOOKUP, at(2)), Step::Decided(Ok(_))));
    let step = reader.receive(&slow, old.answer(&slow), &LOOKUP, at(3));
    assert!(matches!(step, Step::Decided(Ok(_))), "{step:?}");
    assert_eq!(version(&reader), 2);
    assert!(reader.take_events().is_empty());
}

#[test]
fn many_cold_lookups_at_once_each_read_for_themselves() {
    let store = snapshot(1, "x", 1);
    let mut reader = reader();
    let lookups = [LOOKUP, BARE, LOOKUP, BARE];
    let tickets = lookups.map(|lookup| read(reader.begin(&lookup, at(0))));
    // The last one asked is the first one answered.
    for (ticket, lookup) in tickets.iter().zip(&lookups).rev() {
        let step = reader.receive(ticket, store.answer(ticket), lookup, at(5));
        assert!(matches!(step, Step::Decided(Ok(_))), "{step:?}");
    }
    assert!(matches!(reader.begin(&LOOKUP, at(6)), Step::Decided(Ok(_))));
}

#[test]
fn a_store_that_fails_is_no_hit_even_with_a_memo() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let ticket = read(reader.begin(&LOOKUP, at(10_000)));
    let step = reader.receive(&ticket, Answer::Failed("fetch failed".to_owned()), &LOOKUP, at(10_010));
    assert_eq!(reason(step), "unavailable");
}

#[test]
fn a_manifest_that_came_once_more_is_taken_over_from_the_driver() {
    let store = snapshot(1, "a", 1);
    let mut reader = warm(&store);
    assert_eq!(may_be_confirmed(&reader, 1), Some(store.0[&Key::Manifest].as_str()));
    let Ticket { number, .. } = read(reader.begin(&LOOKUP, at(10_000)));
    reader.catch_up(number + 1, number + 1, at(10_001));
    assert_eq!(until(&reader, 10_002), Some(at(20_001)), "a read counts as of when it began");
    reader.catch_up(number + 1, number, at(10_000));
    assert_eq!(until(&reader, 10_002), Some(at(20_001)), "an earlier read that comes late shortens nothing");
    assert!(matches!(reader.begin(&LOOKUP, at(20_000)), Step::Decided(Ok(_))));
}

#[test]
fn reads_are_numbered_above_those_of_the_driver() {
    let mut reader = warm(&snapshot(1, "a", 1));
    reader.catch_up(7, 0, at(0));
    assert_eq!(until(&reader, 1), Some(at(10_000)), "none of them has brought anything");
    assert_eq!(read(reader.begin(&LOOKUP, at(10_000))).number, 8);
    reader.catch_up(3, 0, at(0));
    assert_eq!(read(reader.begin(&LOOKUP, at(10_000))).number, 9);
}

#[test]
fn a_cold_reader_has_nothing_to_be_confirmed() {
    let mut reader: Reader<Stored> = Reader::new(Options::default());
    assert_eq!(may_be_confirmed(&reader, 1), None);
    reader.catch_up(1, 1, at(0));
    assert_eq!(until(&reader, 0), None);
}

#[test]
fn a_manifest_confirms_nothing_while_an_entry_is_to_be_read_again() {
    let mut damaged = snapshot(1, "a", 1);
    damaged.0.insert(Key::Entry(PlanHints), "{}".to_owned());
    let reader = warm(&damaged);
    assert_eq!(may_be_confirmed(&reader, 1), None);
}

#[test]
fn a_manifest_confirms_nothing_once_a_read_has_failed() {
    let store = snapshot(1, "a", 1);
    let mut reader = warm(&store);
    let [failed, good] = [10_000, 10_001].map(|ms| read(reader.begin(&LOOKUP, at(ms))));
    reader.receive(&failed, Answer::TimedOut, &LOOKUP, at(10_050));
    assert_eq!(may_be_confirmed(&reader, 10_050), None, "the breaker is asked before the next read");
    reader.receive(&good, store.answer(&good), &LOOKUP, at(10_051));
    assert!(may_be_confirmed(&reader, 10_051).is_some());
    assert_eq!(may_be_confirmed(&reader, 0), None, "a clock that was set back may be set forward again");
}

#[test]
fn a_damaged_manifest_is_corrupt_for_a_warm_reader_too() {
    let store = snapshot(1, "a", 1);
    let mut reader = warm(&store);
    let damaged = store.0[&Key::Manifest].replace("test/1", "test/2");
    let ticket = read(reader.begin(&LOOKUP, at(20_000)));
    let answer = Store([(Key::Manifest, damaged)].into()).answer(&ticket);
    assert_eq!(reason(reader.receive(&ticket, answer, &LOOKUP, at(20_000))), "corrupt");
}

#[test]
fn an_earlier_read_that_comes_late_shortens_nothing() {
    let mut reader = warm(&snapshot(1, "a", 1));
    let [late, later] = [30_000, 30_001].map(|ms| read(reader.begin(&LOOKUP, at(ms))));
    let store = snapshot(1, "a", 1);
    reader.receive(&later, store.answer(&later), &LOOKUP, at(30_002));
    reader.receive(&late, store.answer(&late), &LOOKUP, at(30_003));
    assert_eq!(until(&reader, 30_004), Some(at(40_001)));
}

#[test]
fn an_open_breaker_lets_one_probe_through_which_may_find_nothing_new() {
    let mut reader = warm(&snapshot(1, "a", 1));
    for _ in 0..3 {
        let ticket = read(reader.begin(&LOOKUP, at(10_000)));
        reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(10_050));
    }
    assert_eq!(reason(reader.begin(&LOOKUP, at(15_049))), "breaker_open");
    let probe = read(reader.begin(&LOOKUP, at(15_050)));
    reader.receive(&probe, snapshot(1, "a", 1).answer(&probe), &LOOKUP, at(15_051));
    let events: Vec<_> = reader.take_events().iter().map(|event| event.event).collect();
    assert_eq!(events, ["atlas_unavailable", "atlas_recovered"]);
}

#[test]
fn a_snapshot_that_was_verified_and_never_served_is_no_floor() {
    let (ahead, expired) = (at(-301_000).as_millis(), at(13 * 3_600_000 + 1).as_millis());
    for now in [ahead, expired] {
        let ms = now - at(0).as_millis();
        let mut reader = reader();
        look_up(&mut reader, &snapshot(9, "x", 9), &LOOKUP, ms).0.unwrap_err();
        // The same clock, and a snapshot that is neither: a store that was put right.
        let (result, _) = look_up(&mut reader, &snapshot(3, "x", 3), &LOOKUP, 20_000);
        assert!(result.is_ok(), "{result:?}");
    }
}

#[test]
fn a_reader_that_takes_the_place_of_another_serves_nothing_below_what_that_one_served() {
    let options = Options { refresh_ms: 10_000, ..Options::default() };
    let mut reader = Reader::resume(options, 5, 7);
    let ticket = read(reader.begin(&LOOKUP, at(0)));
    assert_eq!(ticket.number, 8, "reads keep their order");
    let store = snapshot(4, "x", 4);
    assert_eq!(reason(reader.receive(&ticket, store.answer(&ticket), &LOOKUP, at(1))), "rollback");
    assert!(look_up(&mut reader, &snapshot(5, "x", 5), &LOOKUP, 2).0.is_ok());
}

#[test]
fn bad_plan_hints_are_read_again_at_the_next_refresh_whoever_causes_it() {
    let store = snapshot(1, "x", 1);
    let mut damaged = store.clone();
    let hints = damaged.0.get_mut(&Key::Entry(EntryKey::PlanHints)).unwrap();
    *hints = hints.replace("true", "false");
    let mut reader = reader();
    assert!(look_up(&mut reader, &damaged, &LOOKUP, 0).0.unwrap().warning.is_some());
    let (_, reads) = look_up(&mut reader, &damaged, &LOOKUP, 1);
    assert_eq!(reads.len(), 0, "what is bad is remembered until the next refresh");
    let (bare, reads) = look_up(&mut reader, &store, &BARE, 10_000);
    assert!(bare.is_ok());
    assert_eq!(reads, [vec![PlanHints]]);
    assert_eq!(look_up(&mut reader, &store, &LOOKUP, 10_001).0.unwrap().warning, None);
}
