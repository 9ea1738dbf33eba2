//! The JSON of Vercel's REST API: the bodies of requests and answers, and what the operator should do about an error.
//! Members that Atlas does not use are ignored. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Backup, Item, Json, Operation, OperationKind, StoreError};
use crate::sync::net::error::RemoteError;
use crate::sync::net::http::HttpAnswer;
use crate::sync::net::redact::Redactor;

/// The code of a 404 that is about the store as a whole.
pub(super) const NO_SUCH_STORE: &str = "edge_config_not_found";
/// The code of a 404 that is about one item of a request.
const NO_SUCH_ITEM: &str = "edge_config_item_not_found";
/// What stands for the code of an answer that is not in the form of Vercel's API.
const WITHOUT_A_CODE: &str = "without_a_code";
/// The longest name of the server's own, in bytes: many times what its ids have.
const LONGEST_NAME: usize = 1024;

/// `GET …/backups`.
#[derive(Deserialize)]
pub(super) struct BackupsAnswer {
    pub(super) backups: Vec<Backup>,
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Pagination {
    has_next: bool,
    next: Option<String>,
}

/// `GET …/backups/{id}`.
#[derive(Deserialize)]
pub(super) struct BackupAnswer {
    backup: BackupContents,
}

#[derive(Deserialize)]
struct BackupContents {
    items: BTreeMap<String, Json>,
}

/// An item of a backup as Vercel describes it, with its times around the value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stamped {
    value: Json,
    #[serde(rename = "createdAt")]
    _created_at: f64,
    #[serde(rename = "updatedAt")]
    _updated_at: f64,
    #[serde(rename = "description", default)]
    _description: Option<String>,
}

impl BackupsAnswer {
    pub(super) fn next(&self) -> Option<String> {
        self.pagination.next.clone().filter(|_| self.pagination.has_next)
    }

    /// What is wrong with a name that the server has given to a backup or to the next page. Such names go into addresses,
    /// messages and reports.
    pub(super) fn check(&self, redactor: &Redactor) -> Result<(), String> {
        let ids = self.backups.iter().map(|backup| ("an id", &backup.id));
        let next = self.pagination.next.iter().map(|next| ("the name of the next page", next));
        ids.chain(next).try_for_each(|(what, name)| match name.len() {
            0 => Err(format!("{what} that is empty")),
            1..=LONGEST_NAME if !name.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Err(format!("{what} with other characters than visible ASCII"))
            }
            1..=LONGEST_NAME if redactor.clean(name) != *name => Err(format!("{what} with the token in it")),
            1..=LONGEST_NAME => Ok(()),
            length => Err(format!("{what} of {length} bytes, more than {LONGEST_NAME}")),
        })
    }
}

impl BackupAnswer {
    /// Each item's value, with or without times around it.
    pub(super) fn into_items(self) -> Vec<Item> {
        let value = |item: Json| match serde_json::from_str(item.text()) {
            Ok(Stamped { value, .. }) => value,
            Err(_) => item,
        };
        self.backup.items.into_iter().map(|(key, item)| Item { key, value: value(item) }).collect()
    }
}

/// The body of `PATCH …/items`.
pub(super) fn patch_body(operations: &[Operation]) -> Result<Vec<u8>, serde_json::Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        items: &'a [Operation],
    }
    // A snapshot is large: allocate once.
    let values =
        operations.iter().filter_map(|operation| operation.value.as_ref()).map(|value| value.text().len() + 200).sum();
    let mut body = Vec::with_capacity(values);
    serde_json::to_writer(&mut body, &Body { items: operations })?;
    Ok(body)
}

/// The error in an answer, `{"error":{"code":…,"message":…}}`.
pub(super) fn refusal(answer: &HttpAnswer, redactor: &Redactor) -> RemoteError {
    #[derive(Deserialize)]
    struct Body {
        error: ErrorDetails,
    }
    #[derive(Deserialize)]
    struct ErrorDetails {
        code: String,
        message: String,
    }
    let HttpAnswer { place, status, body, .. } = answer;
    let (code, message) = match serde_json::from_slice(body) {
        Ok(Body { error: ErrorDetails { code, message } }) => (shown(redactor, &code), shown(redactor, &message)),
        Err(_) if body.is_empty() => (WITHOUT_A_CODE.to_owned(), "no body".to_owned()),
        Err(_) => (WITHOUT_A_CODE.to_owned(), shown(redactor, &String::from_utf8_lossy(body))),
    };
    RemoteError::Answered {
        place: place.clone(),
        status: *status,
        advice: advice(*status, &code),
        code,
        message,
        retry_after: answer.retry_after(),
    }
}

/// A text without the token and control characters, short enough to read.
pub(super) fn shown(redactor: &Redactor, text: &str) -> String {
    const MOST: usize = 500;
    redactor.shown(text, MOST)
}

pub(super) fn conflict(error: &RemoteError, operations: &[Operation]) -> Option<StoreError> {
    let RemoteError::Answered { status, code, message, .. } = error else { return None };
    let wanted: &[OperationKind] = match (status, code.as_str()) {
        (409, _) => &[OperationKind::Create],
        (404, NO_SUCH_ITEM) => &[OperationKind::Update, OperationKind::Delete],
        _ => return None,
    };
    let mut candidates = operations.iter().filter(|operation| wanted.contains(&operation.kind));
    let named = candidates.clone().find(|operation| message.contains(&operation.key));
    let operation = named.or_else(|| candidates.next())?;
    Some(StoreError::Conflict { operation: operation.kind, key: operation.key.clone() })
}

fn advice(status: u16, code: &str) -> &'static str {
    match status {
        300..=399 => "redirects are not followed: set ATLAS_API_URL to the address of Vercel's REST API itself",
        407 => {
            "a proxy on the way asks who you are: put its user and password into HTTPS_PROXY, as \
             http://USER:PASSWORD@HOST:PORT"
        }
        451 => {
            "whoever answered may not do this by law: ask who runs the network from here to there, or Vercel's support"
        }
        // Nothing is known of the store, the token or its team.
        400..=499 if code == WITHOUT_A_CODE && status != 429 => {
            "that is not the form of an answer of Vercel's API, so it may be from a gateway or a proxy on the way: ask who \
             runs it, and check ATLAS_API_URL"
        }
        500.. if code == WITHOUT_A_CODE => {
            "the fault is Vercel's, or that of a gateway or a proxy on the way: look at Vercel's status page, and run again \
             later"
        }
        401 => "set ATLAS_EDGE_CONFIG_TOKEN to a Vercel API token that has not expired or been revoked",
        402 => {
            "the plan of the account does not allow this, or a limit of it is used up: see the account's billing page"
        }
        403 => {
            "the token may not use this store: ATLAS_EDGE_CONFIG_TOKEN must be an API token (not the read token of a \
             connection string), and VERCEL_TEAM_ID the team that owns the store, by its id (team_…)"
        }
        404 if code == NO_SUCH_ITEM => "run again: the store has changed since it was read",
        404 if code == NO_SUCH_STORE => {
            "check ATLAS_EDGE_CONFIG_ID, and VERCEL_TEAM_ID if a team owns the store: both are ids (ecfg_… and team_…), and a \
             name is none"
        }
        404 => {
            "check ATLAS_EDGE_CONFIG_ID, and VERCEL_TEAM_ID if a team owns the store: both are ids (ecfg_… and team_…), and a \
             name is none; and ATLAS_API_URL, which ends before /v1"
        }
        409 => "run again: another writer was active",
        412 | 413 => "the store has no room for it: publish less, or remove items that are not Atlas's",
        429 => "too many requests: run less often, or allow more time with --deadline",
        400..=499 => "the store refused the request: update atlas-sync, or report this message",
        _ => "the fault is Vercel's: look at its status page, and run again later",
    }
}

#[cfg(test)]
#[path = "vercel_answer_tests.rs"]
mod tests;
