//! What each event does: the run's own functions decide the next step, and the faults are noticed here.

use atlas::sync::plan::PlanKind;
use atlas::sync::publish::protocol::{Doubt, End, Phase, PlannedWrite, Reply, Shows};
use stateright::Path;

use crate::model::{Event, Fate, Fault, Late, Moment, Protocol, Rows, Run, Sent};
use crate::world::{Job, Mutant, StoreId};

/// The events on the way to a fault, one a line.
pub fn told(path: &Path<Moment, Event>) -> String {
    path.clone().into_actions().iter().map(|event| format!("  {event:?}")).collect::<Vec<_>>().join("\n")
}

impl Protocol {
    pub fn happens(&self, now: &mut Moment, event: Event) {
        match event {
            Event::Starts(place, job) => {
                match job {
                    Job::Sync => now.left.syncs -= 1,
                    Job::Restore | Job::Release => now.left.restores -= 1,
                }
                now.started += 1;
                let (number, phase) = (now.started, Phase::start());
                let run = Run { number, job, phase, may_be_done: false, wrote: 0, alone: true, old: None };
                now.runs[place] = Some(run);
            }
            Event::Steps(place) => self.steps(now, place),
            Event::CannotLook(place) => {
                now.left.failures -= 1;
                let Some(mut run) = now.runs[place].take() else { return };
                run.phase = match run.phase {
                    Phase::Look { doubt } => Phase::after_look(None, doubt),
                    Phase::Judge { sent, reply, doubt } => Phase::after_judging(sent, reply, None, doubt),
                    Phase::ReadBack { sent } => Phase::after_read_back(sent, None),
                    phase => phase,
                };
                self.goes_on(now, place, run);
            }
            Event::Requests(place, fate) => self.requests(now, place, fate),
            Event::Crashes(place, request_is_late) => {
                now.left.crashes -= 1;
                self.meets("a crash");
                let Some(run) = now.runs[place].take() else { return };
                if let (true, Phase::Write { sent, .. }) = (request_is_late, run.phase) {
                    now.late.push(Late { run: run.number, job: run.job, sent, denied: false });
                }
            }
            Event::Arrives(index) => {
                let late = now.late.remove(index);
                if self.arrives(now, late.run, late.job, late.sent) {
                    self.meets("a late request done");
                    let published = self.world.made(late.sent.plan).plan.kind == PlanKind::Publish;
                    if late.denied && published {
                        now.fault = Some(Fault::FalseReport);
                    }
                }
            }
            Event::MichaelChanges => {
                now.left.changes -= 1;
                // He may come back to what he said before.
                now.michael = (now.michael + 1) % 2;
                now.runs.iter_mut().flatten().for_each(|run| run.alone = false);
            }
            Event::TimePasses => {
                now.left.hours -= 1;
                now.hour += 1;
            }
            Event::ReaderLooks => {
                now.left.looks -= 1;
                self.reads(now);
            }
        }
    }

    /// A step of a run that asks the store or Michael, and is answered.
    fn steps(&self, now: &mut Moment, place: usize) {
        let Some(mut run) = now.runs[place].take() else { return };
        run.phase = match run.phase {
            Phase::Look { doubt } if self.mutant == Mutant::LookAfterRead && run.old.is_none() => {
                run.old = Some(self.michael(now));
                Phase::Look { doubt }
            }
            Phase::Look { doubt } => Phase::after_look(Some(now.store), doubt),
            Phase::Read { before, doubt } => {
                let old = if self.mutant == Mutant::OldRows { run.old } else { run.old.take() };
                let rows = old.unwrap_or_else(|| self.michael(now));
                if self.mutant == Mutant::OldRows {
                    run.old = Some(rows);
                }
                let (writes, planned) = self.planned(now, run.job, before, rows);
                Phase::after_plan(writes, planned, doubt)
            }
            Phase::Judge { sent, reply, doubt } => {
                let shows = self.world.shows(sent.plan, now.store);
                match shows {
                    Shows::Sent => self.meets("a lost answer recognised"),
                    Shows::Others => self.meets("a conflict"),
                    _ => {}
                }
                Phase::after_judging(sent, reply, Some(shows), doubt)
            }
            Phase::ReadBack { sent } => Phase::after_read_back(sent, Some(self.world.shows(sent.plan, now.store))),
            phase @ (Phase::Write { .. } | Phase::Adopt { .. } | Phase::Ended(_)) => phase,
        };
        self.goes_on(now, place, run);
    }

    fn michael(&self, now: &Moment) -> Rows {
        Rows { content: now.michael, read_at: self.version(now.store) }
    }

    fn version(&self, store: StoreId) -> u8 {
        u8::try_from(self.world.store(store).version).unwrap()
    }

    fn planned(&self, now: &Moment, job: Job, before: StoreId, rows: Rows) -> (PlannedWrite, Sent) {
        // What is restored is the first content that there was.
        let content = if job == Job::Sync { rows.content } else { 0 };
        let plan = self.world.plan(before, job, content, now.hour);
        let made = self.world.made(plan);
        if made.held {
            self.meets("a held sync");
        }
        let writes = match (made.writes, made.plan.kind) {
            // Without markers there is none to be adopted.
            (PlannedWrite::Marker, PlanKind::Heartbeat) if self.mutant == Mutant::NoMarker => PlannedWrite::Heartbeat,
            (PlannedWrite::Marker, _) if self.mutant == Mutant::NoMarker => PlannedWrite::NewVersion,
            (writes, _) => writes,
        };
        (writes, Sent { plan, read_at: rows.read_at })
    }

    fn requests(&self, now: &mut Moment, place: usize, fate: Fate) {
        let Some(mut run) = now.runs[place].take() else { return };
        let Phase::Write { sent, doubt } = run.phase else { return };
        match fate {
            Fate::Answered => {}
            Fate::Refused | Fate::Denied | Fate::DoneAndDenied | Fate::DoneAndRefused => now.left.lies -= 1,
            _ => now.left.losses -= 1,
        }
        let arrives = !matches!(fate, Fate::Lost { .. } | Fate::Delayed { .. } | Fate::Refused | Fate::Denied);
        let done = arrives && self.arrives(now, run.number, run.job, sent);
        if done {
            let version = self.world.made(sent.plan).plan.snapshot.manifest().version();
            run.wrote = u8::try_from(version).unwrap();
        }
        if matches!(fate, Fate::Doubled | Fate::Delayed { .. }) {
            now.late.push(Late { run: run.number, job: run.job, sent, denied: false });
        }
        let (reply, again) = match fate {
            Fate::Answered | Fate::Doubled => (if done { Reply::Done } else { Reply::Conflict }, false),
            Fate::Unanswered { again } | Fate::Lost { again } | Fate::Delayed { again } => (Reply::Unknown, again),
            Fate::Refused | Fate::DoneAndRefused => (Reply::Refused, false),
            Fate::Denied | Fate::DoneAndDenied => (Reply::Conflict, false),
        };
        if again {
            run.may_be_done = true;
            run.phase = Phase::Write { sent, doubt };
        } else {
            run.phase = Phase::after_write(sent, reply, run.may_be_done, doubt);
            run.may_be_done = false;
        }
        self.goes_on(now, place, run);
    }

    /// A request arrives at the store. Whether it was done.
    fn arrives(&self, now: &mut Moment, run: u8, job: Job, sent: Sent) -> bool {
        let Some(after) = self.world.after(now.store, sent.plan) else { return false };
        let (old, new, made) = (self.world.store(now.store), self.world.store(after), self.world.made(sent.plan));
        let published = made.plan.kind == PlanKind::Publish;
        let fault = if new.current.snapshot.is_none() {
            Some(Fault::Unverified)
        } else if (published && new.version <= old.version) || (!published && new.version != old.version) {
            Some(Fault::VersionRepeated)
        } else if published && job == Job::Sync && u64::from(sent.read_at) != old.version {
            Some(Fault::ReadTooEarly)
        } else if published && job == Job::Sync && old.current.hold.is_some() {
            Some(Fault::PublishedWhileHeld)
        } else {
            None
        };
        now.fault = now.fault.or(fault);
        if !published {
            self.meets("a heartbeat");
        }
        if job == Job::Release {
            self.meets("a release");
        }
        now.store = after;
        for other in now.runs.iter_mut().flatten().filter(|other| other.number != run) {
            other.alone = false;
        }
        if let Some(own) = now.runs.iter_mut().flatten().find(|own| own.number == run) {
            own.wrote = u8::try_from(new.version).unwrap();
        }
        true
    }

    /// A run takes its next step, or ends, with what it reports held against what is so.
    fn goes_on(&self, now: &mut Moment, place: usize, run: Run) {
        let Phase::Ended(end) = &run.phase else {
            now.runs[place] = Some(run);
            return;
        };
        let standing = self.world.store(now.store);
        let denies = match end {
            End::NotWritten { doubt: Doubt::None } => {
                if run.wrote != 0 {
                    now.fault = Some(Fault::FalseReport);
                }
                true
            }
            End::NotWritten { doubt: Doubt::Overtaken } => {
                if u64::from(run.wrote) == standing.version {
                    now.fault = Some(Fault::FalseReport);
                }
                true
            }
            End::NotWritten { doubt: Doubt::Open } => {
                self.meets("an outcome that is not known");
                false
            }
            End::NotReadBack(_) => false,
            End::Wrong(_) => {
                now.fault = Some(Fault::PutBackWhatWasGood);
                false
            }
            End::Stands(sent) | End::Unchanged(sent) => {
                let held = self.world.made(sent.plan).held;
                if run.job == Job::Sync && run.alone && !held && standing.content != Some(now.michael) {
                    now.fault = Some(Fault::NotMichaels);
                }
                true
            }
        };
        if denies {
            now.late.iter_mut().filter(|late| late.run == run.number).for_each(|late| late.denied = true);
        }
    }

    /// The reader reads the manifest; or, if it has one, the entries.
    fn reads(&self, now: &mut Moment) {
        let (floor, manifest) = now.reader;
        let Some(manifest) = manifest else {
            now.reader = (floor, Some(now.store));
            return;
        };
        now.reader = (floor, None);
        if let Some((version, whole)) = self.world.read(manifest, now.store) {
            self.meets("a reader's answer");
            let version = u8::try_from(version).unwrap();
            if version < floor || !whole {
                now.fault = Some(Fault::ReaderMisled);
            }
            now.reader.0 = version.max(floor);
        }
    }
}
