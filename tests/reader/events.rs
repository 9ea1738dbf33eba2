//! What is logged and counted.

use atlas::domain::read::reader::{Options, Reader};
use atlas::domain::read::step::Answer;
use atlas::domain::reason::Reason;

use crate::support::{LOOKUP, at, look_up, read, reader, snapshot};

#[test]
fn an_outage_is_one_log_line_in_a_window_with_the_number_held_back() {
    let mut reader = reader();
    for n in 0..2 {
        let ticket = read(reader.begin(&LOOKUP, at(n)));
        reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(50 + n));
    }
    assert_eq!(reader.take_events().len(), 1);
    let store = snapshot(1, "x", 1);
    look_up(&mut reader, &store, &LOOKUP, 100).0.unwrap();
    let ticket = read(reader.begin(&LOOKUP, at(60_100)));
    reader.receive(&ticket, Answer::TimedOut, &LOOKUP, at(60_150));
    let events = reader.take_events();
    assert_eq!((events[0].reason, events[0].suppressed, events[0].version), (Some("timeout"), 1, Some(1)));
}

#[test]
fn where_a_public_key_is_configured_no_unsigned_snapshot_is_served() {
    let options = Options { signed: true, ..Options::default() };
    let mut reader = Reader::new(options);
    let (result, _) = look_up(&mut reader, &snapshot(1, "x", 1), &LOOKUP, 0);
    assert_eq!(result.unwrap_err().reason, Reason::SignatureInvalid);
    assert!(reader.manifest().is_none(), "it is not taken over either");
}
