//! The states of an exploration, and what may happen in each.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use atlas::sync::publish::protocol::Phase;
use stateright::{Model, Property};

use crate::world::{Job, Mutant, PlanId, StoreId, World};

/// How often each of these may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Budget {
    /// Runs that are started for Michael's rows.
    pub syncs: u8,
    /// Changes of Michael.
    pub changes: u8,
    /// Requests or answers that are lost, late or doubled.
    pub losses: u8,
    /// Answers that do not say what was done.
    pub lies: u8,
    /// Runs that end in the middle.
    pub crashes: u8,
    /// Looks at the store that fail for good.
    pub failures: u8,
    /// Times that a heartbeat falls due.
    pub hours: u8,
    /// Restores and releases.
    pub restores: u8,
    /// Reads of a reader.
    pub looks: u8,
}

/// Michael's rows, and the version that stood when they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rows {
    pub content: u8,
    pub read_at: u8,
}

/// A request, with what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sent {
    pub plan: PlanId,
    pub read_at: u8,
}

/// A run under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Run {
    pub number: u8,
    pub job: Job,
    pub phase: Phase<StoreId, Sent>,
    /// Whether the answer to a try of the request was lost.
    pub may_be_done: bool,
    /// The version that a request of this run has brought; 0 if none.
    pub wrote: u8,
    /// Whether nothing happened since its start but what it did itself.
    pub alone: bool,
    /// Rows that a mutant has read too early or kept too long.
    pub old: Option<Rows>,
}

/// A request for whose answer nobody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Late {
    pub run: u8,
    pub job: Job,
    pub sent: Sent,
    /// Whether its run has ended, saying that it is not done.
    pub denied: bool,
}

/// What must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    VersionRepeated,
    Unverified,
    ReadTooEarly,
    NotMichaels,
    FalseReport,
    PublishedWhileHeld,
    PutBackWhatWasGood,
    ReaderMisled,
}

/// All there is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Moment {
    pub store: StoreId,
    pub michael: u8,
    pub hour: u8,
    pub runs: [Option<Run>; 2],
    pub started: u8,
    pub late: Vec<Late>,
    /// The highest version that the reader has served, and the manifest that it holds in its hand.
    pub reader: (u8, Option<StoreId>),
    pub left: Budget,
    pub fault: Option<Fault>,
}

/// What becomes of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Done or not, as the store decides; and answered.
    Answered,
    /// The same, and a copy of it is late.
    Doubled,
    /// It arrives, its answer does not.
    Unanswered { again: bool },
    /// It does not arrive.
    Lost { again: bool },
    /// It is late.
    Delayed { again: bool },
    /// It is refused for another reason, such as a token.
    Refused,
    /// It does not arrive, and is answered with a conflict.
    Denied,
    /// It is done, and answered with a conflict.
    DoneAndDenied,
    /// It is done, and answered with a refusal.
    DoneAndRefused,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Starts(usize, Job),
    Steps(usize),
    CannotLook(usize),
    Requests(usize, Fate),
    Crashes(usize, bool),
    Arrives(usize),
    MichaelChanges,
    TimePasses,
    ReaderLooks,
}

/// What an exploration should come to.
pub const MET: [&str; 9] = [
    "a conflict",
    "a lost answer recognised",
    "a late request done",
    "a heartbeat",
    "a crash",
    "a held sync",
    "a release",
    "an outcome that is not known",
    "a reader's answer",
];

/// The protocol in a world.
pub struct Protocol {
    pub world: World,
    pub mutant: Mutant,
    budget: Budget,
    met: AtomicU32,
}

impl Protocol {
    pub fn new(budget: Budget, mutant: Mutant) -> Self {
        Self { world: World::new(mutant), mutant, budget, met: AtomicU32::new(0) }
    }

    /// Notes that this has happened, in any order of events.
    pub fn meets(&self, what: &str) {
        let place = MET.iter().position(|met| *met == what).unwrap();
        self.met.fetch_or(1 << place, Relaxed);
    }

    fn has_met(&self, place: usize) -> bool {
        self.met.load(Relaxed) & (1 << place) != 0
    }
}

/// What may become of a request.
fn fates(left: Budget) -> impl Iterator<Item = Fate> {
    let unanswered = [true, false]
        .into_iter()
        .flat_map(|again| [Fate::Unanswered { again }, Fate::Lost { again }, Fate::Delayed { again }]);
    let losses = unanswered.chain([Fate::Doubled]).filter(move |_| left.losses > 0);
    let lies = [Fate::Refused, Fate::Denied, Fate::DoneAndDenied, Fate::DoneAndRefused];
    let lies = lies.into_iter().filter(move |_| left.lies > 0);
    [Fate::Answered].into_iter().chain(losses).chain(lies)
}

impl Model for Protocol {
    type State = Moment;
    type Action = Event;

    /// A store that nobody has written, and one with a snapshot.
    fn init_states(&self) -> Vec<Moment> {
        let empty = self.world.empty();
        let first = self.world.plan(empty, Job::Sync, 0, 0);
        let whole = self.world.after(empty, first).unwrap();
        let moment = |store| Moment {
            store,
            michael: 0,
            hour: 0,
            runs: [None, None],
            started: 0,
            late: Vec::new(),
            reader: (0, None),
            left: self.budget,
            fault: None,
        };
        vec![moment(whole), moment(empty)]
    }

    fn actions(&self, now: &Moment, events: &mut Vec<Event>) {
        if now.fault.is_some() {
            return;
        }
        let left = now.left;
        for (place, run) in now.runs.iter().enumerate() {
            let Some(run) = run else {
                // Which of two that do nothing begins makes no difference.
                if place == 1 && now.runs[0].is_none() {
                    continue;
                }
                events.extend((left.syncs > 0).then_some(Event::Starts(place, Job::Sync)));
                events.extend((left.restores == 2).then_some(Event::Starts(place, Job::Restore)));
                events.extend((left.restores == 1).then_some(Event::Starts(place, Job::Release)));
                continue;
            };
            let requested = matches!(run.phase, Phase::Write { .. });
            if requested {
                events.extend(fates(left).map(|fate| Event::Requests(place, fate)));
            } else {
                events.push(Event::Steps(place));
                let looks = !matches!(run.phase, Phase::Read { .. });
                events.extend((looks && left.failures > 0).then_some(Event::CannotLook(place)));
            }
            if left.crashes > 0 {
                events.push(Event::Crashes(place, false));
                events.extend(requested.then_some(Event::Crashes(place, true)));
            }
        }
        events.extend((0..now.late.len()).map(Event::Arrives));
        events.extend((left.changes > 0).then_some(Event::MichaelChanges));
        events.extend((left.hours > 0).then_some(Event::TimePasses));
        events.extend((left.looks > 0).then_some(Event::ReaderLooks));
    }

    fn next_state(&self, now: &Moment, event: Event) -> Option<Moment> {
        let mut next = now.clone();
        self.happens(&mut next, event);
        next.late.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn never(name: &'static str, condition: fn(&Protocol, &Moment) -> bool) -> Property<Protocol> {
            Property::always(name, condition)
        }
        fn met(place: usize) -> Property<Protocol> {
            let conditions: [fn(&Protocol, &Moment) -> bool; 9] = [
                |model, _| model.has_met(0),
                |model, _| model.has_met(1),
                |model, _| model.has_met(2),
                |model, _| model.has_met(3),
                |model, _| model.has_met(4),
                |model, _| model.has_met(5),
                |model, _| model.has_met(6),
                |model, _| model.has_met(7),
                |model, _| model.has_met(8),
            ];
            Property::sometimes(MET[place], conditions[place])
        }
        let always = [
            never("versions never repeat or fall", |_, now| now.fault != Some(Fault::VersionRepeated)),
            never("the store always verifies", |_, now| now.fault != Some(Fault::Unverified)),
            never("what becomes version n + 1 was read after n stood", |_, now| now.fault != Some(Fault::ReadTooEarly)),
            never("after a run with nothing beside it the content is Michael's", |_, now| {
                now.fault != Some(Fault::NotMichaels)
            }),
            never("no report is false", |_, now| now.fault != Some(Fault::FalseReport)),
            never("a sync publishes nothing while the snapshot is held", |_, now| {
                now.fault != Some(Fault::PublishedWhileHeld)
            }),
            never("what was written well is not put back", |_, now| now.fault != Some(Fault::PutBackWhatWasGood)),
            never("a reader never serves an older version, or a mixture", |_, now| {
                now.fault != Some(Fault::ReaderMisled)
            }),
        ];
        always.into_iter().chain((0..MET.len()).map(met)).collect()
    }
}
