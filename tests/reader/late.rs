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
    assert_eq!(reader.receive_late(&ticket, store.items(&ticket), at(70)), None);
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
    assert_eq!(reader.receive_late(&ticket, store.items(&ticket), at(70)), None);
    assert!(reader.manifest().is_none());
}

#[test]
fn a_late_answer_never_takes_the_place_of_a_newer_one() {
    let mut reader = reader();
    let slow = read(reader.begin(&LOOKUP, at(0)));
    let quick = read(reader.begin(&BARE, at(1)));
    let new = snapshot(2, "y", 2);
    assert!(matches!(reader.receive(&quick, new.answer(&quick), &BARE, at(2)), Step::Decided(Ok(_))));
    assert_eq!(reader.receive_late(&slow, snapshot(1, "x", 1).items(&slow), at(70)), None);
    assert_eq!(version(&reader), 2);
}

#[test]
fn a_late_manifest_alone_does_not_cost_the_entries_that_are_held() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let ticket = read(reader.begin(&LOOKUP, at(10_000)));
    assert!(ticket.entries.is_empty());
    let _ = reader.receive_late(&ticket, snapshot(2, "y", 2).items(&ticket), at(10_070));
    assert_eq!(version(&reader), 1);
}

/// A store that takes longer than any lookup waits: a reader that held a snapshot would never get another.
#[test]
fn a_late_manifest_of_a_new_snapshot_leads_to_a_read_of_what_it_names() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let new = snapshot(2, "y", 2);
    let ticket = read(reader.begin(&LOOKUP, at(10_000)));
    assert_eq!(reason(reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(10_050))), "timeout");
    let next = reader.receive_late(&ticket, new.items(&ticket), at(10_060)).expect("another read");
    assert!(next.number > ticket.number);
    assert_eq!((next.attempt, next.entries.is_empty()), (2, false));
    assert_eq!(version(&reader), 1, "nothing is adopted by its manifest alone");
    assert_eq!(reader.receive_late(&next, new.items(&next), at(10_120)), None);
    assert_eq!(version(&reader), 2);
    assert!(matches!(reader.begin(&LOOKUP, at(10_130)), Step::Decided(Ok(_))));
}

#[test]
fn many_late_manifests_lead_to_one_read_each_second() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let new = snapshot(2, "y", 2);
    let tickets = [(); 3].map(|()| read(reader.begin(&LOOKUP, at(10_000))));
    let moments = [10_060, 11_059, 11_060];
    let reads = tickets.iter().zip(moments).map(|(ticket, ms)| reader.receive_late(ticket, new.items(ticket), at(ms)));
    // The first may never come back.
    assert_eq!(reads.map(|next| next.is_some()).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn a_late_answer_that_is_older_than_the_memo_leads_to_no_read() {
    let mut reader = warm(&snapshot(2, "x", 2));
    let slow = read(reader.begin(&LOOKUP, at(10_000)));
    let quick = read(reader.begin(&LOOKUP, at(10_001)));
    reader.catch_up(quick.number, quick.number, quick.started_at);
    assert_eq!(reader.receive_late(&slow, snapshot(1, "y", 1).items(&slow), at(10_060)), None);
}

#[test]
fn late_reads_that_never_agree_come_to_an_end() {
    let mut reader = warm(&snapshot(1, "x", 1));
    let mut ticket = read(reader.begin(&LOOKUP, at(10_000)));
    let mut reads = 1;
    // Each read finds a manifest that names other entries than those beside it.
    for version in 2..20 {
        let mut torn = snapshot(version, "y", version);
        torn.0.extend(snapshot(1, "x", 1).0.into_iter().filter(|(key, _)| *key != Key::Manifest));
        let now = at(10_000 + 20_000 * i64::try_from(version).unwrap());
        match reader.receive_late(&ticket, torn.items(&ticket), now) {
            Some(next) => (ticket, reads) = (next, reads + 1),
            None => break,
        }
    }
    assert_eq!(reads, 3);
    assert_eq!(version(&reader), 1);
}
