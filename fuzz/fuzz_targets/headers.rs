//! The two structured fields that Venice sends to Paris: as anybody may send them, and as the edge writes them.
#![no_main]

use atlas::domain::decide::route::Lookup;
use atlas::domain::headers::hint::{RefreshHint, header};
use atlas::domain::reason::Reason;
use atlas::domain::report::stats::Stats;
use atlas_fuzz::choice;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = choice(data) else { return };
    received(text);
    written(choice, text);
});

fn received(text: &str) {
    if let Ok(stats) = Stats::from_header(text) {
        assert_eq!(Stats::from_header(&sent(&stats)).as_ref(), Ok(&stats), "{text}");
        let mut twice = stats;
        twice.add(&stats);
        assert!(twice.lookups() >= stats.lookups());
    }
    if let Ok(hint) = RefreshHint::from_header(text) {
        assert!(hint.reason.asks_for_refresh());
    }
}

/// The counters as Venice sends them (`counters.js` of the package).
fn sent(stats: &Stats) -> String {
    let named = [("hits", stats.hits()), ("embedded", stats.embedded()), ("last_resort", stats.last_resorts())];
    let counts = named.into_iter().chain(stats.fallbacks().map(|(reason, count)| (reason.code(), count)));
    counts.map(|(name, count)| format!("{name}={count}")).collect::<Vec<_>>().join(", ")
}

/// Whatever a caller asks for, the header is one short line that Paris can read.
fn written(choice: usize, text: &str) {
    let asking: Vec<_> = Reason::ALL.into_iter().filter(|reason| reason.asks_for_refresh()).collect();
    let reason = asking[choice % asking.len()];
    let mut names = text.split('\n').map(Some).chain(std::iter::repeat(None));
    let mut name = || names.next().flatten();
    let lookup = Lookup { widget_type: name(), template_id: name(), schema_version: name(), plan: name() };
    // Versions begin at 1.
    let version = Some(choice as u64 + 1);
    let value = header(reason, version, &lookup);
    assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{value}");
    let parsed: sfv::Dictionary = sfv::Parser::new(&value).parse().expect("a dictionary");
    assert!(parsed.contains_key("reason"));
    assert_eq!(RefreshHint::from_header(&value), Ok(RefreshHint { reason, version }));
}
