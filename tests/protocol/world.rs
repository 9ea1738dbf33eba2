//! What the states of the exploration stand for: stores, plans and what they do to each other, made by the real code and
//! each made once. A state holds numbers in their place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use atlas::domain::json::window::Text;
use atlas::domain::key::{EntryKey, Key, marked_version};
use atlas::domain::time::Timestamp;
use atlas::domain::verify::verify_snapshot;
use atlas::sync::content::{Payload, Payloads};
use atlas::sync::plan::{Hold, HoldChange, Plan, PlanKind, PlanPolicy, Stored, plan};
use atlas::sync::publish::protocol::{PlannedWrite, Shows};
use atlas::sync::store::state::State;
use atlas::sync::store::{Item, Json, Operation, OperationKind};

const HOUR: i64 = 3_600_000;

/// A store's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreId(u16);

/// A plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(u16);

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Job {
    Sync,
    Restore,
    Release,
}

/// A protocol with one fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// The real one.
    None,
    /// No write has a marker.
    NoMarker,
    /// The marker of the old version is not deleted.
    MarkerStays,
    /// After a conflict the rows that were read before are planned again.
    OldRows,
    /// Michael is read first, then the store is looked at.
    LookAfterRead,
    /// A heartbeat has no marker.
    HeartbeatWithoutMarker,
}

impl Mutant {
    pub const ALL: [Self; 5] =
        [Self::NoMarker, Self::MarkerStays, Self::OldRows, Self::LookAfterRead, Self::HeartbeatWithoutMarker];

    /// What this protocol sends in place of these operations.
    fn sends(self, kind: PlanKind, operations: &[Operation]) -> Vec<Operation> {
        let kept = |operation: &&Operation| match self {
            Self::NoMarker => marked_version(&operation.key).is_none(),
            Self::MarkerStays => operation.kind != OperationKind::Delete,
            Self::HeartbeatWithoutMarker => kind != PlanKind::Heartbeat || marked_version(&operation.key).is_none(),
            Self::None | Self::OldRows | Self::LookAfterRead => true,
        };
        operations.iter().filter(kept).cloned().collect()
    }
}

/// What is known of a store.
pub struct Store {
    state: State,
    pub current: Stored,
    pub version: u64,
    /// Which of the contents it has.
    pub content: Option<u8>,
}

/// A plan, and what it was made of.
pub struct Made {
    pub plan: Plan,
    pub before: Arc<Store>,
    pub writes: PlannedWrite,
    pub held: bool,
}

/// All stores and plans of an exploration.
pub struct World {
    mutant: Mutant,
    memo: Mutex<Memo>,
}

#[derive(Default)]
struct Memo {
    stores: Vec<Arc<Store>>,
    by_items: HashMap<String, StoreId>,
    plans: Vec<Arc<Made>>,
    by_origin: HashMap<(StoreId, Job, u8, u8), PlanId>,
    done: HashMap<(StoreId, PlanId), Option<StoreId>>,
    shown: HashMap<(PlanId, StoreId), Shows>,
    mixed: HashMap<(StoreId, StoreId), Option<(u64, bool)>>,
}

/// What Michael says, in one of its states.
fn payloads(content: u8) -> Payloads {
    let text = format!(r#"{{"plan{content}":{{"branding":{{"enforced":true}},"features":{{}},"limits":{{}}}}}}"#);
    Payloads::from([(EntryKey::PlanHints, Payload { text, records: 1 })])
}

fn now(hour: u8) -> Timestamp {
    Timestamp::from_millis(1_795_348_800_000 + i64::from(hour) * 7 * HOUR)
}

impl World {
    pub fn new(mutant: Mutant) -> Self {
        Self { mutant, memo: Mutex::default() }
    }

    /// A store that nobody has written.
    pub fn empty(&self) -> StoreId {
        self.memo.lock().unwrap().store(State::empty(0))
    }

    pub fn store(&self, id: StoreId) -> Arc<Store> {
        Arc::clone(&self.memo.lock().unwrap().stores[usize::from(id.0)])
    }

    pub fn made(&self, id: PlanId) -> Arc<Made> {
        Arc::clone(&self.memo.lock().unwrap().plans[usize::from(id.0)])
    }

    /// What the real code plans.
    pub fn plan(&self, before: StoreId, job: Job, content: u8, hour: u8) -> PlanId {
        let mut memo = self.memo.lock().unwrap();
        let origin = (before, job, content, hour);
        if let Some(known) = memo.by_origin.get(&origin) {
            return *known;
        }
        let store = Arc::clone(&memo.stores[usize::from(before.0)]);
        let current = &store.current;
        let is_held = job == Job::Sync && current.held(now(hour)).is_some();
        let standing = is_held || job == Job::Release;
        let payloads = if standing { current.payloads.clone() } else { payloads(content) };
        let (hold, heartbeat_ms) = match job {
            Job::Sync => (HoldChange::Keep, 6 * 3_600_000),
            Job::Restore => (HoldChange::Set(Hold { until: None, restored_from: "v1".to_owned() }), u64::MAX),
            Job::Release => (HoldChange::Release, u64::MAX),
        };
        let policy = PlanPolicy { heartbeat_ms, hold, ..PlanPolicy::heartbeat(0) };
        let plan = plan(&payloads, current, now(hour), &policy).unwrap();
        let writes = PlannedWrite::of(&plan, current, false);
        let id = PlanId(u16::try_from(memo.plans.len()).unwrap());
        memo.plans.push(Arc::new(Made { plan, before: store, writes, held: is_held }));
        memo.by_origin.insert(origin, id);
        id
    }

    /// The store after a request that fits it.
    pub fn after(&self, store: StoreId, request: PlanId) -> Option<StoreId> {
        let mut memo = self.memo.lock().unwrap();
        if let Some(known) = memo.done.get(&(store, request)) {
            return *known;
        }
        let (state, made) = (&memo.stores[usize::from(store.0)].state, &memo.plans[usize::from(request.0)]);
        let operations = self.mutant.sends(made.plan.kind, &made.plan.operations);
        let after = state.apply(&operations, 0).ok();
        let after = after.map(|state| memo.store(state));
        memo.done.insert((store, request), after);
        after
    }

    /// What the store shows for one who has sent this.
    pub fn shows(&self, sent: PlanId, store: StoreId) -> Shows {
        let mut memo = self.memo.lock().unwrap();
        if let Some(known) = memo.shown.get(&(sent, store)) {
            return *known;
        }
        let (made, found) = (&memo.plans[usize::from(sent.0)], &memo.stores[usize::from(store.0)]);
        let shows = Shows::of(&made.plan, &made.before.current, &found.current);
        memo.shown.insert((sent, store), shows);
        shows
    }

    /// What a reader verifies who has the manifest of one state and the entries of another: the version, and whether it
    /// is the manifest's content.
    pub fn read(&self, manifest: StoreId, entries: StoreId) -> Option<(u64, bool)> {
        let mut memo = self.memo.lock().unwrap();
        if let Some(known) = memo.mixed.get(&(manifest, entries)) {
            return *known;
        }
        let [manifest_of, entries_of] = [manifest, entries].map(|id| Arc::clone(&memo.stores[usize::from(id.0)]));
        let text = |store: &Store, key: Key| store.items().into_iter().find(|item| item.key == key.stored());
        let texts: HashMap<Key, String> = Key::ALL
            .into_iter()
            .filter_map(|key| {
                let store = if key == Key::Manifest { &manifest_of } else { &entries_of };
                Some((key, text(store, key)?.value.into_text()))
            })
            .collect();
        let (_, snapshot) = verify_snapshot(|key| texts.get(&key).map(|text| text as &dyn Text));
        let same = manifest_of.content == entries_of.content;
        let verified = snapshot.map(|snapshot| (snapshot.manifest().version(), same));
        memo.mixed.insert((manifest, entries), verified);
        verified
    }
}

impl Store {
    fn items(&self) -> Vec<Item> {
        let items: HashMap<String, Json> = serde_json::from_str(&self.state.items_json()).unwrap();
        items.into_iter().map(|(key, value)| Item { key, value }).collect()
    }
}

impl Memo {
    fn store(&mut self, state: State) -> StoreId {
        let items = state.items_json();
        if let Some(known) = self.by_items.get(&items) {
            return *known;
        }
        let mut store = Store { state, current: Stored::of(Vec::new()), version: 0, content: None };
        store.current = Stored::of(store.items());
        let snapshot = store.current.snapshot.as_ref();
        store.version = snapshot.map_or(0, |snapshot| snapshot.manifest().version());
        let hints = store.current.payloads.get(&EntryKey::PlanHints);
        store.content = (0..8).find(|content| hints == payloads(*content).get(&EntryKey::PlanHints));
        let id = StoreId(u16::try_from(self.stores.len()).unwrap());
        self.stores.push(Arc::new(store));
        self.by_items.insert(items, id);
        id
    }
}
