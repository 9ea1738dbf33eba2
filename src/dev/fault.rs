//! One fault, as a request writes it and as `GET /_atlas/faults` shows it:
//! `{"kind":"slow","ms":200,"on":"reads","times":3}`.

use super::stats::RequestKind;
use crate::sync::store::state::legal_key;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MAX_DELAY_MS: u64 = 600_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub(super) struct InjectedFault {
    #[serde(flatten)]
    pub(super) kind: FaultKind,
    on: On,
    /// For this many more requests; without it, for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
}

// The braces make serde refuse members that a kind does not have; it ignores them for a variant without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum FaultKind {
    /// Never answer. The connection is closed when the client gives up, or when the faults are next switched.
    Hang {},
    /// Answer `ms` later.
    Slow { ms: u64 },
    /// Answer with this `status`, 400 to 599.
    Status { status: u16 },
    /// Answer 429 with `Retry-After: retryAfterSeconds`.
    RateLimited {
        #[serde(default = "one_second")]
        retry_after_seconds: u64,
    },
    /// Close the connection without an answer, before anything is done.
    Drop {},
    /// Do the write, then close the connection without an answer.
    DropAfterWrite {},
    /// Show the item `key` with one wrong byte.
    Corrupt {
        #[serde(deserialize_with = "legal_key")]
        key: String,
    },
    /// Show the state before the last write.
    OldVersion {},
    /// Answer a `create` with 409, and do nothing.
    Conflict {},
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum On {
    Reads,
    Writes,
    ApiReads,
    /// Reads and writes, those of the management API included.
    Both,
}

impl TryFrom<Map<String, Value>> for InjectedFault {
    type Error = String;

    fn try_from(mut members: Map<String, Value>) -> Result<Self, String> {
        let text = |error: serde_json::Error| error.to_string();
        let on = members.remove("on").map(serde_json::from_value).transpose().map_err(text)?;
        let times = members.remove("times").map(serde_json::from_value).transpose().map_err(text)?;
        let kind: FaultKind = serde_json::from_value(members.into()).map_err(text)?;
        match kind {
            _ if times == Some(0) => Err("expected `times` to be at least 1, found 0".to_owned()),
            FaultKind::Slow { ms } if !(1..=MAX_DELAY_MS).contains(&ms) => {
                Err(format!("expected `ms` from 1 to {MAX_DELAY_MS}, found {ms}"))
            }
            FaultKind::Status { status } if !(400..=599).contains(&status) => {
                Err(format!("expected `status` from 400 to 599, found {status}"))
            }
            _ => Ok(Self { on: kind.requests(on)?, kind, times }),
        }
    }
}

impl InjectedFault {
    pub(super) fn is_for(&self, request: RequestKind) -> bool {
        match self.on {
            On::Reads => request == RequestKind::Reads,
            On::Writes => request == RequestKind::Writes,
            On::ApiReads => request == RequestKind::ApiReads,
            On::Both => true,
        }
    }

    pub(super) fn use_up_one(&mut self) {
        self.times = self.times.map(|times| times.saturating_sub(1));
    }
}

impl FaultKind {
    /// Whether the fault answers in the store's place.
    pub(super) fn answers(&self) -> bool {
        matches!(self, Self::Hang {} | Self::Drop {} | Self::Status { .. } | Self::RateLimited { .. })
    }

    /// Which requests the fault is for: those asked for, if the kind can disturb them, or all that it can.
    fn requests(&self, on: Option<On>) -> Result<On, String> {
        match (self, on) {
            (Self::DropAfterWrite {} | Self::Conflict {}, None | Some(On::Writes)) => Ok(On::Writes),
            (Self::DropAfterWrite {} | Self::Conflict {}, Some(_)) => {
                Err("expected `writes` for this kind of fault".to_owned())
            }
            (Self::Corrupt { .. } | Self::OldVersion {}, Some(On::Writes)) => {
                Err("expected `reads`, `apiReads` or `both` for this kind of fault, found `writes`".to_owned())
            }
            (Self::Corrupt { .. } | Self::OldVersion {}, on) => Ok(on.unwrap_or(On::Reads)),
            (_, on) => Ok(on.unwrap_or(On::Both)),
        }
    }
}

fn one_second() -> u64 {
    1
}
