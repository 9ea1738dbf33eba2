//! `kill -9` at any moment of a sync: the store always holds one whole, verified snapshot.

use std::time::Instant;

use atlas::sync::plan::Stored;
use atlas::sync::store::Item;

use crate::support::Place;

/// How often a sync is killed.
const KILLS: u32 = 200;

#[test]
fn a_killed_sync_leaves_one_whole_snapshot() {
    let place = Place::new();
    place.run("sync");
    let began = Instant::now();
    place.edit("widget_templates", "FAQ Classic Light", "FAQ 0");
    place.run("sync");
    // How long a run takes, as far as is known: other work on the machine makes it longer and shorter meanwhile.
    let mut run_takes = began.elapsed();

    let (mut killed, mut published) = (0, 0);
    let mut version = whole_version(&place);
    for round in 0..KILLS {
        place.edit("widget_templates", &format!("FAQ {round}"), &format!("FAQ {}", round + 1));
        let mut child = place.command("sync").spawn().unwrap();
        // The moments spread evenly, in no order, over a little more than one run: the delay is what is tested.
        std::thread::sleep(run_takes * (round * 37 % KILLS) / (KILLS * 4 / 5));
        child.kill().unwrap();
        let ended_by_itself = child.wait().unwrap().code().is_some();
        killed += u32::from(!ended_by_itself);
        // A third of the runs end by themselves where the two of these are in balance.
        run_takes = if ended_by_itself { run_takes * 15 / 16 } else { run_takes * 33 / 32 };
        let now = whole_version(&place);
        assert!(now == version || now == version + 1, "version {version}, then {now}");
        published += u32::from(now > version);
        version = now;
    }
    println!("{killed} of {KILLS} runs were killed, {published} had published; one run takes about {run_takes:?}");
    assert!(killed > KILLS / 4, "only {killed} runs were killed in time");
    assert_eq!(place.run("sync").0, 0, "the next run ends well");
    assert_eq!(place.run("verify").0, 0);
}

/// The version of the verified snapshot in the store; there must be one.
fn whole_version(place: &Place) -> u64 {
    let items = place.items();
    let items = items.as_object().unwrap().iter();
    let current =
        Stored::of(items.map(|(key, value)| Item { key: key.clone(), value: value.clone().into() }).collect());
    let snapshot = current.snapshot.unwrap_or_else(|| panic!("{:#?}", current.verdicts));
    assert_eq!(current.markers, [snapshot.manifest().version()]);
    snapshot.manifest().version()
}
