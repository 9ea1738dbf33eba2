//! One fault, as a request writes it and as `GET /_atlas/faults` shows it:
//! `{"kind":"slow","ms":200,"on":"reads","times":3}`.

use super::group::Group;
use serde::{Deserialize, Serialize};

pub(super) const MAX_DELAY_MS: u64 = 600_000;

/// One fault. What its kind does not take is not there once it is [`checked`](Fault::checked).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    on: Option<On>,
    /// For so many more requests; without it, for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_after_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    /// Never answer. The connection is closed when the client gives up, or when the faults are next switched.
    Hang,
    /// Answer `ms` later.
    Slow,
    /// Answer with this `status`, 400 to 599.
    Status,
    /// Answer 429 with `Retry-After: retryAfterSeconds`.
    RateLimited,
    /// Close the connection without an answer, before anything is done.
    Drop,
    /// Do the write, then close the connection without an answer.
    DropAfterWrite,
    /// Show the item `key` with one wrong byte.
    Corrupt,
    /// Show the state before the last write.
    OldVersion,
    /// Answer a `create` with 409, and do nothing.
    Conflict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum On {
    Reads,
    Writes,
    ApiReads,
    /// Reads and writes, those of the management API included.
    Both,
}

impl Fault {
    pub(super) fn checked(mut self) -> Result<Self, String> {
        let stray = [
            ("ms", self.ms.is_some(), Kind::Slow),
            ("status", self.status.is_some(), Kind::Status),
            ("retryAfterSeconds", self.retry_after_seconds.is_some(), Kind::RateLimited),
            ("key", self.key.is_some(), Kind::Corrupt),
        ];
        if let Some((member, ..)) = stray.into_iter().find(|(_, given, kind)| *given && *kind != self.kind) {
            return Err(format!("expected no `{member}` for this kind of fault, found one"));
        }
        match self.kind {
            Kind::Slow => in_range("ms", self.ms, 1, MAX_DELAY_MS)?,
            Kind::Status => in_range("status", self.status.map(u64::from), 400, 599)?,
            Kind::RateLimited => _ = self.retry_after_seconds.get_or_insert(1),
            Kind::Corrupt if self.key.is_none() => {
                return Err("expected the `key` of the item to corrupt, found none".to_owned());
            }
            _ => {}
        }
        if self.times == Some(0) {
            return Err("expected `times` to be at least 1, found 0".to_owned());
        }
        self.on = Some(self.kind.requests(self.on)?);
        Ok(self)
    }

    pub(super) fn is_for(&self, group: Group) -> bool {
        match self.on {
            Some(On::Reads) => group == Group::Reads,
            Some(On::Writes) => group == Group::Writes,
            Some(On::ApiReads) => group == Group::ApiReads,
            Some(On::Both) | None => true,
        }
    }

    pub(super) fn use_up_one(&mut self) {
        self.times = self.times.map(|times| times.saturating_sub(1));
    }
}

impl Kind {
    /// Which requests the fault is for: those asked for, if the kind can disturb them, or all that it can.
    fn requests(self, on: Option<On>) -> Result<On, String> {
        match (self, on) {
            (Self::DropAfterWrite | Self::Conflict, None | Some(On::Writes)) => Ok(On::Writes),
            (Self::DropAfterWrite | Self::Conflict, Some(_)) => {
                Err("expected `writes` for this kind of fault".to_owned())
            }
            (Self::Corrupt | Self::OldVersion, Some(On::Writes)) => {
                Err("expected `reads`, `apiReads` or `both` for this kind of fault, found `writes`".to_owned())
            }
            (Self::Corrupt | Self::OldVersion, on) => Ok(on.unwrap_or(On::Reads)),
            (_, on) => Ok(on.unwrap_or(On::Both)),
        }
    }
}

fn in_range(member: &str, given: Option<u64>, low: u64, high: u64) -> Result<(), String> {
    match given {
        Some(number) if (low..=high).contains(&number) => Ok(()),
        Some(number) => Err(format!("expected `{member}` from {low} to {high}, found {number}")),
        None => Err(format!("expected `{member}` from {low} to {high}, found none")),
    }
}
