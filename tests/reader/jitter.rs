//! Jitter: each reader's waits are shorter by a part of their own, so that readers that began together drift apart.

use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::{Answer, Step};

use crate::support::{LOOKUP, Stored, at, look_up, read, reason, snapshot, until};

fn with_jitter(jitter: u32) -> Reader<Stored> {
    let mut reader = Reader::new(Options { jitter, ..Options::default() });
    look_up(&mut reader, &snapshot(1, "x", 1), &LOOKUP, 0).0.unwrap();
    reader
}

#[test]
fn a_refresh_is_due_earlier_by_the_readers_own_part() {
    for (jitter, due) in [(0, 10_000), (1, 9_990), (55, 9_450), (100, 9_000), (101, 9_000), (u32::MAX, 9_000)] {
        let mut reader = with_jitter(jitter);
        assert_eq!(until(&reader, 1), Some(at(due)), "{jitter}");
        assert!(matches!(reader.begin(&LOOKUP, at(due - 1)), Step::Decided(Ok(_))), "{jitter}");
        read(reader.begin(&LOOKUP, at(due)));
    }
}

#[test]
fn a_probe_of_the_breaker_comes_earlier_by_the_same_part() {
    for (jitter, wait) in [(0, 5_000), (50, 4_750), (100, 4_500)] {
        let mut reader = with_jitter(jitter);
        for _ in 0..3 {
            let ticket = read(reader.begin(&LOOKUP, at(20_000)));
            assert_eq!(reason(reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(20_050))), "timeout");
        }
        assert_eq!(reason(reader.begin(&LOOKUP, at(20_050 + wait - 1))), "breaker_open", "{jitter}");
        read(reader.begin(&LOOKUP, at(20_050 + wait)));
        assert_eq!(reason(reader.begin(&LOOKUP, at(20_050 + wait))), "breaker_open", "{jitter}: after a probe, too");
    }
}
