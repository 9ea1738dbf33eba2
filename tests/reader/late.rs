//! Answers that come after their lookup has given up.

use atlas::domain::key::Key;
use atlas::domain::read::step::{Answer, Step};

use crate::support::{BARE, LOOKUP, at, read, reader, reason, snapshot, version, warm};

#[test]
fn a_late_answer_serves_the_lookups_that_follow() {
    let store = snapshot(1, "x", 1);
    let mut reader = reader();
    let ticket = read(reader.begin(&LOOKUP, at(0)));
    assert_eq!(reason(reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(50))), "timeout");
    reader.receive_late(&ticket, store.items(&ticket));
    assert!(matches!(reader.begin(&LOOKUP, at(80)), Step::Decided(Ok(_))));
    // What it brought counts as of when its read began.
    assert!(matches!(reader.begin(&LOOKUP, at(10_000)), Step::Read(_)));
}

#[test]
fn a_late_answer_that_does_not_verify_is_dropped() {
    let mut store = snapshot(1, "x", 1);
    store.0.insert(Key::Manifest, store.0[&Key::Manifest].replace("test/1", "test/2"));
    let mut reader = reader();
    let ticket = read(reader.begin(&LOOKUP, at(0)));
    reader.receive_late(&ticket, store.items(&ticket));
    assert!(reader.manifest().is_none());
}

#[test]
fn a_late_answer_never_takes_the_place_of_a_newer_one() {
    let mut reader = reader();
    let slow = read(reader.begin(&LOOKUP, at(0)));
    let quick = read(reader.begin(&BARE, at(1)));
    let new = snapshot(2, "y", 2);
    assert!(matches!(reader.receive(&quick, new.answer(&quick), &BARE, at(2)), Step::Decided(Ok(_))));
    reader.receive_late(&slow, snapshot(1, "x", 1).items(&slow));
    assert_eq!(version(&reader), 2);
}

#[test]
fn a_late_manifest_alone_does_not_cost_the_entries_that_are_held() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let ticket = read(reader.begin(&LOOKUP, at(10_000)));
    assert!(ticket.entries.is_empty());
    reader.receive_late(&ticket, snapshot(2, "y", 2).items(&ticket));
    assert_eq!(version(&reader), 1);
}
