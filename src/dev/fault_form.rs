//! A fault as a request writes it: one flat form for all kinds, checked for what its kind needs and for what it allows.

use super::faults::{Fault, Kind, MAX_DELAY_MS, On};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FaultForm {
    kind: Name,
    on: Option<On>,
    times: Option<u64>,
    ms: Option<u64>,
    status: Option<u16>,
    retry_after_seconds: Option<u64>,
    key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Name {
    Hang,
    Slow,
    Status,
    RateLimited,
    Drop,
    DropAfterWrite,
    Corrupt,
    OldVersion,
    Conflict,
}

impl TryFrom<FaultForm> for Fault {
    type Error = String;

    fn try_from(form: FaultForm) -> Result<Self, String> {
        let FaultForm { kind: name, on, times, ms, status, retry_after_seconds, key } = form;
        let stray = [
            ("ms", ms.is_some(), name == Name::Slow),
            ("status", status.is_some(), name == Name::Status),
            ("retryAfterSeconds", retry_after_seconds.is_some(), name == Name::RateLimited),
            ("key", key.is_some(), name == Name::Corrupt),
        ];
        for (member, given, allowed) in stray {
            if given && !allowed {
                return Err(format!("expected no `{member}` for this kind of fault, found one"));
            }
        }
        let kind = match name {
            Name::Hang => Kind::Hang,
            Name::Slow => Kind::Slow { ms: in_range("ms", ms, 1, MAX_DELAY_MS)? },
            Name::Status => Kind::Status { status: in_range("status", status, 400, 599)? },
            Name::RateLimited => Kind::RateLimited { retry_after_seconds: retry_after_seconds.unwrap_or(1) },
            Name::Drop => Kind::Drop,
            Name::DropAfterWrite => Kind::DropAfterWrite,
            Name::Corrupt => Kind::Corrupt { key: key.ok_or("expected the `key` of the item to corrupt, found none")? },
            Name::OldVersion => Kind::OldVersion,
            Name::Conflict => Kind::Conflict,
        };
        if times == Some(0) {
            return Err("expected `times` to be at least 1, found 0".to_owned());
        }
        Ok(Self { on: requests(&kind, on)?, kind, times })
    }
}

fn in_range<T: PartialOrd + Copy + std::fmt::Display>(
    member: &str,
    given: Option<T>,
    low: T,
    high: T,
) -> Result<T, String> {
    match given {
        Some(number) if (low..=high).contains(&number) => Ok(number),
        Some(number) => Err(format!("expected `{member}` from {low} to {high}, found {number}")),
        None => Err(format!("expected `{member}` from {low} to {high}, found none")),
    }
}

/// Which requests the fault is for: those asked for, if the kind can disturb them, or all that it can.
fn requests(kind: &Kind, on: Option<On>) -> Result<On, String> {
    match (kind, on) {
        (Kind::DropAfterWrite | Kind::Conflict, None | Some(On::Writes)) => Ok(On::Writes),
        (Kind::DropAfterWrite | Kind::Conflict, Some(_)) => Err("expected `writes` for this kind of fault".to_owned()),
        (Kind::Corrupt { .. } | Kind::OldVersion, Some(On::Writes)) => {
            Err("expected `reads`, `apiReads` or `both` for this kind of fault, found `writes`".to_owned())
        }
        (Kind::Corrupt { .. } | Kind::OldVersion, on) => Ok(on.unwrap_or(On::Reads)),
        (_, on) => Ok(on.unwrap_or(On::Both)),
    }
}
