//! Which Michael a snapshot was made from: what a write leaves in its marker, and what the next run makes of it.

use atlas::domain::key::{EntryKey, marker};
use atlas::domain::time::Timestamp;
use atlas::sync::content::{Payload, Payloads};
use atlas::sync::plan::{PlanKind, PlanPolicy, Stored, plan};
use atlas::sync::store::{Item, Operation};

const ONE: &str = "postgres:00000000000000aa";
const OTHER: &str = "postgres:00000000000000bb";

fn write(stored: &Stored, source: Option<&str>) -> (PlanKind, Vec<Operation>) {
    let policy = PlanPolicy { source: source.map(str::to_owned), ..PlanPolicy::heartbeat(0) };
    let payloads = Payloads::from(EntryKey::ALL.map(|key| (key, Payload::empty())));
    let plan = plan(&payloads, stored, Timestamp::EPOCH, &policy).unwrap();
    (plan.kind, plan.operations)
}

fn store_after(operations: Vec<Operation>) -> Stored {
    let item = |operation: Operation| Some(Item { key: operation.key, value: operation.value? });
    Stored::of(operations.into_iter().filter_map(item).collect())
}

#[test]
fn a_write_leaves_the_name_of_its_michael_for_the_next_one() {
    let first = store_after(write(&Stored::of(Vec::new()), Some(ONE)).1);
    assert_eq!((first.version(), first.source.as_deref()), (Some(1), Some(ONE)));
    let (kind, operations) = write(&first, Some(OTHER));
    assert_eq!(kind, PlanKind::Heartbeat);
    let own = operations.into_iter().find(|operation| operation.key == marker(1)).unwrap();
    assert_eq!(store_after(vec![own]).source.as_deref(), Some(OTHER));
    let unknown = store_after(write(&Stored::of(Vec::new()), None).1);
    assert_eq!((unknown.version(), unknown.source), (Some(1), None));
}

#[test]
fn only_a_name_that_is_known_and_another_one_is_another_michaels() {
    let stored = store_after(write(&Stored::of(Vec::new()), Some(ONE)).1);
    for (own, version) in [(Some(OTHER), Some(1)), (Some(ONE), None), (Some("supabase:bb"), None), (None, None)] {
        assert_eq!(stored.version_from_another_source(own), version, "{own:?}");
    }
    let unknown = store_after(write(&Stored::of(Vec::new()), None).1);
    assert_eq!(unknown.version_from_another_source(Some(OTHER)), None);
}
