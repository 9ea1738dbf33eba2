//! State files, as somebody may have edited or damaged them: one that is read is written and read again unchanged.
#![no_main]

use atlas::sync::store::fuzzing::{parse, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(state) = parse(data) {
        let printed = print(&state);
        let again = parse(printed.as_bytes()).unwrap_or_else(|error| panic!("{error}: {printed}"));
        assert_eq!(print(&again), printed);
    }
});
