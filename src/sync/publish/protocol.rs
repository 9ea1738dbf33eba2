//! The order of a run's steps and what each answer of the store means, without I/O: the run follows it, and the model
//! checker (`tests/protocol`) explores the same functions with every order of events.
//!
//! `L` stands for what a look at the store showed, `P` for a plan made against such a look. Both are used up by the step
//! that they are for, so no step can act on an older look or on older rows.

use crate::sync::plan::{Kind, Plan, Stored, adoption};
use crate::sync::run::WriteFailure;
use crate::sync::store::IsConflict;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Phase<L, P> {
    Look {
        /// What is not known of earlier requests of this run.
        doubt: Doubt,
    },
    /// Read Michael, and plan what he says against what was seen before.
    Read {
        before: L,
        doubt: Doubt,
    },
    Adopt {
        /// The plan that it was missing for, of no use after it.
        planned: P,
        /// As in `Look`.
        doubt: Doubt,
    },
    Write {
        sent: P,
        doubt: Doubt,
    },
    /// The answer was no success: look what it meant.
    Judge {
        sent: P,
        reply: Reply,
        doubt: Doubt,
    },
    /// The answer was success: read back.
    ReadBack {
        sent: P,
    },
    Over(End<P>),
}

/// What is not known of the requests of a run that were not answered with success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    None,
    /// One may have been done. Another writer's snapshot has come in its place, and none of them can be done any more.
    Overtaken,
    /// One may have been done, or be done at any moment.
    Open,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum End<P> {
    /// What was sent stands, or did until another writer published above it.
    Stands(P),
    /// There was nothing to write.
    Unchanged(P),
    /// Without success: what was seen last stands, as far as there is no doubt.
    NotWritten {
        /// What is not known of the run's requests.
        doubt: Doubt,
    },
    /// The store took the request, and cannot be read.
    NotReadBack(P),
    /// The store took the request, and shows something else.
    Wrong(P),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Planned<P> {
    /// Nothing: the store says what Michael says, or the run is dry.
    Nothing(P),
    /// A marker first.
    Adopt(P),
    /// A request that keeps the version.
    Keep(P),
    /// A request with a new version.
    Publish(P),
}

/// What the store answered to a write, after all tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    Done,
    /// The store is not as the request expects it.
    Misfit,
    /// Not done, for a reason that trying again does not mend.
    Refused,
    /// Nothing that says whether it was done.
    Silence,
}

/// What a look shows, for one who has sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shows {
    /// What was sent; another writer may have renewed its `checkedAt`.
    Sent,
    /// What was sent, below the trace of a higher version.
    SentBelow,
    /// The state that the request was made for: it has not been done.
    Before,
    /// Another writer's snapshot. The request can never be done any more.
    Others,
    /// The request's own marker, and a snapshot that is not what was sent.
    Spoilt,
    Otherwise,
}

impl<L, P> Phase<L, P> {
    pub const fn start() -> Self {
        Self::Look { doubt: Doubt::None }
    }

    pub fn after_look(seen: Option<L>, doubt: Doubt) -> Self {
        match seen {
            Some(before) => Self::Read { before, doubt },
            None => Self::Over(End::NotWritten { doubt }),
        }
    }

    pub fn after_plan(planned: Planned<P>, doubt: Doubt) -> Self {
        match planned {
            // An earlier request of this run could still put a new version in place of the one that would be confirmed.
            Planned::Nothing(_) | Planned::Keep(_) if doubt == Doubt::Open => Self::Over(End::NotWritten { doubt }),
            Planned::Nothing(plan) => Self::Over(End::Unchanged(plan)),
            Planned::Adopt(planned) => Self::Adopt { planned, doubt },
            Planned::Keep(sent) | Planned::Publish(sent) => Self::Write { sent, doubt },
        }
    }

    /// After the answer to a missing marker. Whatever it was, a new look tells whether the marker is there.
    pub fn after_adoption(reply: Reply, doubt: Doubt) -> Self {
        match reply {
            Reply::Done | Reply::Misfit => Self::Look { doubt },
            Reply::Refused | Reply::Silence => Self::Over(End::NotWritten { doubt }),
        }
    }

    /// After the answer to a request. `may_be_done`: whether the answer to any try was lost.
    pub fn after_write(sent: P, reply: Reply, may_be_done: bool, doubt: Doubt) -> Self {
        match reply {
            Reply::Done => Self::ReadBack { sent },
            Reply::Misfit | Reply::Refused | Reply::Silence => {
                let open = may_be_done || reply == Reply::Silence;
                Self::Judge { sent, reply, doubt: if open { Doubt::Open } else { doubt } }
            }
        }
    }

    /// After the look that follows an answer other than success. The markers decide, whatever the answer was.
    pub fn after_judging(sent: P, reply: Reply, shows: Option<Shows>, doubt: Doubt) -> Self {
        match (shows, reply) {
            (Some(Shows::Sent), _) => Self::Over(End::Stands(sent)),
            (Some(Shows::Spoilt), _) => Self::Over(End::Wrong(sent)),
            // All requests of a run that were not done expect the marker that is gone.
            (Some(Shows::Others), _) => Self::Look { doubt: doubt.overtaken() },
            (Some(Shows::SentBelow), _) => Self::Look { doubt: Doubt::Open },
            (Some(Shows::Before | Shows::Otherwise), Reply::Misfit) => Self::Look { doubt },
            (Some(Shows::Before), Reply::Refused) => Self::Over(End::NotWritten { doubt }),
            // What cannot be seen is not known, whatever was answered.
            (Some(Shows::Before | Shows::Otherwise) | None, _) => Self::Over(End::NotWritten { doubt: Doubt::Open }),
        }
    }

    pub fn after_read_back(sent: P, shows: Option<Shows>) -> Self {
        match shows {
            Some(Shows::Sent | Shows::Others) => Self::Over(End::Stands(sent)),
            // Something of this run was written already: whatever comes now, it cannot say that nothing was.
            Some(Shows::SentBelow) => Self::Look { doubt: Doubt::Open },
            Some(Shows::Before | Shows::Spoilt | Shows::Otherwise) => Self::Over(End::Wrong(sent)),
            None => Self::Over(End::NotReadBack(sent)),
        }
    }
}

impl Doubt {
    const fn overtaken(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Overtaken | Self::Open => Self::Overtaken,
        }
    }
}

impl Planned<()> {
    pub fn of(plan: &Plan, before: &Stored, dry: bool) -> Self {
        match plan.kind {
            Kind::Unchanged => Self::Nothing(()),
            _ if dry => Self::Nothing(()),
            _ if adoption(before).is_some() => Self::Adopt(()),
            Kind::Heartbeat => Self::Keep(()),
            Kind::Publish => Self::Publish(()),
        }
    }

    pub fn with<P>(self, plan: P) -> Planned<P> {
        match self {
            Self::Nothing(()) => Planned::Nothing(plan),
            Self::Adopt(()) => Planned::Adopt(plan),
            Self::Keep(()) => Planned::Keep(plan),
            Self::Publish(()) => Planned::Publish(plan),
        }
    }
}

impl Reply {
    pub fn of(failure: &WriteFailure) -> Self {
        match failure.error.conflict() {
            IsConflict::Yes => Self::Misfit,
            _ if failure.may_be_done => Self::Silence,
            _ => Self::Refused,
        }
    }
}

impl Shows {
    /// What a look shows for one who has sent this plan, made against that earlier look.
    pub fn of(sent: &Plan, before: &Stored, found: &Stored) -> Self {
        let ours = &sent.snapshot.manifest;
        let standing = found.snapshot.as_ref().map(|snapshot| &snapshot.manifest);
        if found.snapshot.as_ref() == Some(&sent.snapshot) {
            return if found.highest_version > ours.version() { Self::SentBelow } else { Self::Sent };
        }
        let keeps = sent.kind == Kind::Heartbeat;
        let same_markers = found.markers == before.markers;
        let untouched = same_markers && found.has_manifest == before.has_manifest;
        if untouched && found.snapshot == before.snapshot {
            return Self::Before;
        }
        match standing {
            // A heartbeat in between leaves a new version's request possible.
            Some(other) if !keeps && same_markers && other.version() < ours.version() => Self::Before,
            Some(other) if !keeps && other.version() == ours.version() => {
                let renewed = other.updated_at() == ours.updated_at() && other.entries().eq(ours.entries());
                if renewed { Self::Sent } else { Self::Others }
            }
            Some(other) if other.version() >= ours.version() => Self::Others,
            _ if !keeps && found.markers.contains(&ours.version()) => Self::Spoilt,
            _ => Self::Otherwise,
        }
    }
}
