//! What figures come to, from events that are given.

use atlas_fleet::SECOND;
use atlas_fleet::figures::figures;
use atlas_fleet::scenario::Scenario;
use atlas_fleet::tally::Tally;

#[test]
fn a_fallback_takes_as_long_as_it_waited_for_the_store_and_then_paris() {
    let scenario = Scenario::short();
    let down = scenario.outages().next().expect("an outage");
    let mut tally = Tally::new(scenario.length);
    for at in (down.from..down.until).step_by(usize::try_from(SECOND).unwrap()) {
        tally.arrived(at);
        tally.fallback(at + 2_000, 2_000);
    }
    assert_eq!(figures(&scenario, &tally).outages().next().map(|outage| outage.p99), Some(62));
}
