//! What is read, and when.

use atlas::domain::exchange::{Answer, Step};
use atlas::domain::key::EntryKey::{self, PlanHints, WidgetSchemas, WidgetTemplates};
use atlas::domain::key::Key;

use crate::support::{BARE, LOOKUP, Store, at, look_up, read, reader, reason, snapshot, version, warm};

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
    assert_eq!(reader.stats().hits(), 5);
}

#[test]
fn a_store_that_fails_is_no_hit_even_with_a_memo() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let ticket = read(reader.begin(&LOOKUP, at(10_000)));
    let step = reader.receive(&ticket, Answer::Failed("fetch failed".to_owned()), &LOOKUP, at(10_010));
    assert_eq!(reason(step), "unavailable");
}

#[test]
fn a_manifest_that_came_once_more_is_not_hashed_again() {
    let store = snapshot(1, "a", 1);
    let mut reader = warm(&store);
    assert_eq!(reader.held(Key::Manifest).unwrap().text, store.0[&Key::Manifest]);
    let ticket = read(reader.begin(&LOOKUP, at(10_000)));
    assert!(reader.receive_unchanged(&ticket, &LOOKUP, at(10_001)).unwrap().is_ok());
    assert_eq!(reader.good_until(), Some(at(20_000)), "a read counts as of when it began");
    assert!(matches!(reader.begin(&LOOKUP, at(19_999)), Step::Decided(Ok(_))));
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
fn a_hit_that_the_driver_keeps_costs_a_read_of_the_manifest_alone() {
    let mut reader = warm(&snapshot(1, "a", 1));
    assert_eq!((reader.good_until(), reader.expires_at()), (Some(at(10_000)), Some(at(13 * 3_600_000 + 1))));
    let ticket = reader.begin_again(at(10_000)).unwrap();
    assert_eq!((ticket.entries.len(), ticket.attempt, ticket.started_at), (0, 1, at(10_000)));
    reader.read_again(&ticket, at(10_020));
    assert_eq!(reader.good_until(), Some(at(20_000)));
    let late = reader.begin_again(at(30_000)).unwrap();
    let later = reader.begin_again(at(30_001)).unwrap();
    reader.read_again(&later, at(30_002));
    reader.read_again(&late, at(30_003));
    assert_eq!(reader.good_until(), Some(at(40_001)), "the earlier read came late");
}

#[test]
fn a_cold_reader_and_an_open_breaker_have_nothing_to_read_again() {
    assert_eq!(reader().begin_again(at(0)), None);
    let mut reader = warm(&snapshot(1, "a", 1));
    for _ in 0..3 {
        let ticket = reader.begin_again(at(10_000)).unwrap();
        reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(10_050));
    }
    assert_eq!(reader.begin_again(at(15_049)), None);
    let probe = reader.begin_again(at(15_050)).unwrap();
    reader.read_again(&probe, at(15_051));
    let events: Vec<_> = reader.take_events().iter().map(|event| event.event).collect();
    assert_eq!(events, ["atlas_unavailable", "atlas_recovered"]);
}
