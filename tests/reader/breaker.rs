//! The store down: three lookups pay for it, then none but a probe.

use atlas::domain::read::step::{Answer, Step};

use crate::support::{LOOKUP, at, read, reader, reason, snapshot, warm};

#[test]
fn three_time_outs_open_the_breaker_and_a_good_probe_closes_it() {
    let store = snapshot(1, "x", 1);
    let mut reader = warm(&store);
    for n in 0..3 {
        let ticket = read(reader.begin(&LOOKUP, at(10_000 + n * 50)));
        assert_eq!(reason(reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(10_050 + n * 50))), "timeout");
    }
    assert_eq!(reason(reader.begin(&LOOKUP, at(10_151))), "breaker_open");
    assert_eq!(reason(reader.begin(&LOOKUP, at(15_149))), "breaker_open");

    let probe = read(reader.begin(&LOOKUP, at(15_150)));
    assert_eq!(reason(reader.begin(&LOOKUP, at(15_151))), "breaker_open", "one probe at a time");
    assert_eq!(reason(reader.receive(&probe, Answer::TimedOut, &LOOKUP, at(15_200))), "timeout");
    assert_eq!(reason(reader.begin(&LOOKUP, at(20_149))), "breaker_open");

    let probe = read(reader.begin(&LOOKUP, at(20_150)));
    let step = reader.receive(&probe, store.answer(&probe), &LOOKUP, at(20_151));
    assert!(matches!(step, Step::Decided(Ok(_))), "{step:?}");
    let names: Vec<_> = reader.take_events().iter().map(|event| (event.event, event.reason)).collect();
    // One line for the outage: what the breaker holds back is the same one.
    assert_eq!(names, [("atlas_unavailable", Some("timeout")), ("atlas_recovered", None)]);
}

/// A cold lookup has asked the store before there was a reader, and so before the breaker opened.
#[test]
fn a_lookup_whose_read_is_under_way_does_not_ask_the_breaker_and_its_answer_closes_it() {
    let store = snapshot(1, "x", 1);
    let mut reader = reader();
    for _ in 0..3 {
        let ticket = read(reader.begin_read(LOOKUP.needed(), true, at(0)));
        assert_eq!(reason(reader.receive(&ticket, Answer::Failed("down".to_owned()), &LOOKUP, at(2))), "unavailable");
    }
    assert_eq!(reason(reader.begin(&LOOKUP, at(3))), "breaker_open");
    let ticket = read(reader.begin_read(LOOKUP.needed(), true, at(8)));
    let step = reader.receive(&ticket, store.answer(&ticket), &LOOKUP, at(8));
    assert!(matches!(step, Step::Decided(Ok(_))), "{step:?}");
    assert!(matches!(reader.begin(&LOOKUP, at(10_008)), Step::Read(_)));
}
