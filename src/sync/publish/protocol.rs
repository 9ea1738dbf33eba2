//! The order of a run's steps and the meaning of each answer of the store, without I/O: the run follows it, and the model
//! checker (`tests/protocol`) explores the same functions with every order of events.
//!
//! `L` is what a look at the store showed, `P` a plan made against such a look. Each step consumes them, so no step can
//! act on an older look or on older rows.

use crate::domain::registry::registry;
use crate::domain::verify::VerifiedSnapshot;
use crate::sync::plan::{Plan, PlanKind, Stored, adoption};
use crate::sync::run::WriteFailure;
use crate::sync::store::IsConflict;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Phase<L, P> {
    Look {
        /// About earlier requests of this run.
        doubt: Doubt,
    },
    /// Read Michael, and plan his rows against that look.
    Read {
        before: L,
        doubt: Doubt,
    },
    /// Write the missing marker. The plan is then made anew.
    Adopt {
        planned: P,
        doubt: Doubt,
    },
    Write {
        sent: P,
        doubt: Doubt,
    },
    /// The answer was not a success: look at the store to learn what it meant.
    Judge {
        sent: P,
        reply: Reply,
        doubt: Doubt,
    },
    /// The answer was success: read back.
    ReadBack {
        sent: P,
    },
    Ended(End<P>),
}

registry! {
    /// What is not known about the requests of a run that were not answered with success.
    pub enum Doubt by name {
        None = "none",
        /// One may have been done. Another writer's snapshot has replaced it, and none of them can be done any more.
        Overtaken = "overtaken",
        /// One may have been done, or may still be done.
        Open = "open",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum End<P> {
    /// What was sent stands, or did until another writer published above it.
    Stands(P),
    /// There was nothing to write.
    Unchanged(P),
    /// Nothing was written, as far as there is no doubt: what was seen last stands.
    NotWritten { doubt: Doubt },
    /// The store took the request, and cannot be read.
    NotReadBack(P),
    /// The store took the request, and shows something else.
    Wrong(P),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlannedWrite {
    /// Nothing: the store holds what Michael holds, or the run is dry.
    Nothing,
    /// The missing marker, before anything else.
    Marker,
    /// A heartbeat, which keeps the version.
    Heartbeat,
    NewVersion,
}

registry! {
    /// What the store answered to a write, after all tries.
    pub enum Reply by name {
        Done = "done",
        /// The store is not as the request expects it.
        Conflict = "conflict",
        /// Not done, and it would not be done the next time.
        Refused = "refused",
        /// It is not known whether it was done.
        Unknown = "unknown",
    }
}

registry! {
    /// What a look shows to a run that has sent a request.
    pub enum Shows by name {
        /// What was sent; another writer may have renewed its `checkedAt`.
        Sent = "sent",
        /// What was sent, below the trace of a higher version.
        SentBelow = "sent_below",
        /// The state that the request was planned against: it has not been done.
        Before = "before",
        /// An older state than that one: the look lags behind the store, or somebody has restored it in Vercel's dashboard.
        Older = "older",
        /// Another writer's snapshot. The request can never be done any more.
        Others = "others",
        /// The request's own marker, and a snapshot that is not what was sent.
        Damaged = "damaged",
        Otherwise = "otherwise",
    }
}

impl<L, P> Phase<L, P> {
    pub const fn start() -> Self {
        Self::Look { doubt: Doubt::None }
    }

    pub fn after_look(seen: Option<L>, doubt: Doubt) -> Self {
        match seen {
            Some(before) => Self::Read { before, doubt },
            None => Self::Ended(End::NotWritten { doubt }),
        }
    }

    pub fn after_plan(writes: PlannedWrite, planned: P, doubt: Doubt) -> Self {
        match writes {
            // An earlier request of this run could still put a new version in place of the one that would be confirmed.
            PlannedWrite::Nothing | PlannedWrite::Heartbeat if doubt == Doubt::Open => {
                Self::Ended(End::NotWritten { doubt })
            }
            PlannedWrite::Nothing => Self::Ended(End::Unchanged(planned)),
            PlannedWrite::Marker => Self::Adopt { planned, doubt },
            PlannedWrite::Heartbeat | PlannedWrite::NewVersion => Self::Write { sent: planned, doubt },
        }
    }

    /// After the answer to the write of a missing marker: a new look tells whether it is there.
    pub fn after_adoption(reply: Reply, doubt: Doubt) -> Self {
        match reply {
            Reply::Done | Reply::Conflict => Self::Look { doubt },
            Reply::Refused | Reply::Unknown => Self::Ended(End::NotWritten { doubt }),
        }
    }

    /// After the answer to a write. `may_be_done`: whether the answer to any try was lost.
    pub fn after_write(sent: P, reply: Reply, may_be_done: bool, doubt: Doubt) -> Self {
        match reply {
            Reply::Done => Self::ReadBack { sent },
            Reply::Conflict | Reply::Refused | Reply::Unknown => {
                let open = may_be_done || reply == Reply::Unknown;
                Self::Judge { sent, reply, doubt: if open { Doubt::Open } else { doubt } }
            }
        }
    }

    /// After the look that follows an answer other than success. The markers decide, whatever the answer was.
    pub fn after_judging(sent: P, reply: Reply, shows: Option<Shows>, doubt: Doubt) -> Self {
        match (shows, reply) {
            (Some(Shows::Sent), _) => Self::Ended(End::Stands(sent)),
            (Some(Shows::Damaged), _) => Self::Ended(End::Wrong(sent)),
            // Every request of this run that was not done expects a marker that is gone.
            (Some(Shows::Others), _) => Self::Look { doubt: doubt.overtaken() },
            (Some(Shows::SentBelow), _) => Self::Look { doubt: Doubt::Open },
            (Some(Shows::Before | Shows::Older | Shows::Otherwise), Reply::Conflict) => Self::Look { doubt },
            (Some(Shows::Before), Reply::Refused) => Self::Ended(End::NotWritten { doubt }),
            // Whatever was answered, what cannot be seen is not known.
            (Some(Shows::Before | Shows::Older | Shows::Otherwise) | None, _) => {
                Self::Ended(End::NotWritten { doubt: Doubt::Open })
            }
        }
    }

    pub fn after_read_back(sent: P, shows: Option<Shows>) -> Self {
        match shows {
            Some(Shows::Sent | Shows::Others) => Self::Ended(End::Stands(sent)),
            // This run has written something, so from now on it must not say that nothing was written.
            Some(Shows::SentBelow) => Self::Look { doubt: Doubt::Open },
            Some(Shows::Before | Shows::Older | Shows::Damaged | Shows::Otherwise) => Self::Ended(End::Wrong(sent)),
            None => Self::Ended(End::NotReadBack(sent)),
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

impl PlannedWrite {
    pub fn of(plan: &Plan, before: &Stored, dry: bool) -> Self {
        match plan.kind {
            PlanKind::Unchanged => Self::Nothing,
            _ if dry => Self::Nothing,
            _ if adoption(before).is_some() => Self::Marker,
            PlanKind::Heartbeat => Self::Heartbeat,
            PlanKind::Publish => Self::NewVersion,
        }
    }
}

impl Reply {
    pub fn of(failure: &WriteFailure) -> Self {
        match failure.error.conflict() {
            IsConflict::Yes => Self::Conflict,
            _ if failure.may_be_done => Self::Unknown,
            _ => Self::Refused,
        }
    }
}

impl Shows {
    /// What a look shows to a run that has sent this plan, made against the look `before`.
    pub fn of(sent: &Plan, before: &Stored, found: &Stored) -> Self {
        let ours = sent.snapshot.manifest();
        let standing = found.snapshot.as_ref().map(VerifiedSnapshot::manifest);
        if standing.is_some_and(|standing| standing.checksum() == ours.checksum()) {
            return match found.highest_version > ours.version() {
                // The checksum does not cover them.
                _ if found.signatures() != sent.signatures => Self::Damaged,
                true => Self::SentBelow,
                false => Self::Sent,
            };
        }
        let keeps = sent.kind == PlanKind::Heartbeat;
        let same_markers = found.markers == before.markers;
        let untouched = same_markers && found.has_manifest == before.has_manifest;
        if untouched && found.snapshot == before.snapshot {
            return Self::Before;
        }
        // No writer lowers it.
        if found.highest_version < before.highest_version {
            return Self::Older;
        }
        match standing {
            // After another writer's heartbeat the request for a new version can still be done.
            Some(other) if !keeps && same_markers && other.version() < ours.version() => Self::Before,
            Some(other) if !keeps && other.version() == ours.version() => {
                let renewed = other.updated_at() == ours.updated_at() && other.entries().eq(ours.entries());
                if renewed { Self::Sent } else { Self::Others }
            }
            Some(other) if other.version() >= ours.version() => Self::Others,
            _ if !keeps && found.markers.contains(&ours.version()) => Self::Damaged,
            _ => Self::Otherwise,
        }
    }
}
