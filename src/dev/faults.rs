//! The faults that the store can show, and the switch for them: `PUT /_atlas/faults` replaces the list, `GET` shows what
//! is left of it, `DELETE` clears it; all three want the write token.
//!
//! `{"faults":[{"kind":"slow","ms":200,"on":"reads","times":3}]}`. A request takes the faults in order, up to the first
//! that answers in the store's place; `times` counts the requests that a fault is still for, and without it there is
//! no end.

use super::answer::Failure;
use super::fault_form::FaultForm;
use super::group::Group;
use super::tamper::Tampering;
use super::{Shared, auth};
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::HeaderMap;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The longest delay, in milliseconds.
pub(super) const MAX_DELAY_MS: u64 = 600_000;
const MAX_BODY_BYTES: usize = 65_536;

/// The faults that are switched on.
#[derive(Default)]
pub(super) struct Faults {
    list: Mutex<Vec<Fault>>,
    switched: Notify,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FaultForm")]
pub(super) struct Fault {
    #[serde(flatten)]
    pub(super) kind: Kind,
    pub(super) on: On,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Kind {
    /// Never answer. The connection is closed when the client gives up, or when the faults are next switched.
    Hang,
    /// Answer so much later.
    Slow { ms: u64 },
    /// Answer with this status, 400 to 599.
    Status { status: u16 },
    /// Answer 429 with this `Retry-After`.
    RateLimited { retry_after_seconds: u64 },
    /// Close the connection without an answer, before anything is done.
    Drop,
    /// Do the write, then close the connection without an answer.
    DropAfterWrite,
    /// Show an item with one wrong byte.
    Corrupt { key: String },
    /// Show the state before the last write.
    OldVersion,
    /// Answer a `create` with 409, and do nothing.
    Conflict,
}

/// Which requests a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum On {
    Reads,
    Writes,
    ApiReads,
    /// Reads and writes, those of the management API included.
    Both,
}

/// What to do with one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) delay_ms: u64,
    pub(super) instead: Option<Instead>,
    pub(super) tampering: Tampering,
    pub(super) drop_after: bool,
}

/// What happens in place of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Instead {
    Hang,
    Drop,
    Status(u16),
    RateLimited { retry_after_seconds: u64 },
}

/// The route of the switch.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_atlas/faults", get(show).put(replace).delete(clear))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

async fn show(State(dev): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    auth::writer(&headers)?;
    Ok(Json(json!({ "faults": *dev.faults.list() })))
}

async fn replace(
    State(dev): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Failure> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        faults: Vec<Fault>,
    }
    auth::writer(&headers)?;
    let body = body.map_err(|rejection| Failure::bad_request(rejection.body_text()))?;
    let Body { faults } = serde_json::from_slice(&body).map_err(|error| Failure::bad_request(error.to_string()))?;
    tracing::info!(faults = faults.len(), "faults were switched on");
    dev.faults.switch_to(faults);
    show(State(dev), headers).await
}

async fn clear(State(dev): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    auth::writer(&headers)?;
    dev.faults.switch_to(Vec::new());
    show(State(dev), headers).await
}

impl Faults {
    /// What the faults have in store for a request of this kind.
    pub(super) fn take(&self, group: Group) -> Plan {
        let mut plan = Plan::default();
        for fault in self.list().iter_mut().filter(|fault| fault.kind != Kind::Conflict && fault.is_for(group)) {
            fault.use_up_one();
            fault.kind.add_to(&mut plan);
            if plan.instead.is_some() {
                break;
            }
        }
        plan
    }

    /// Whether a `create` is to be answered with 409. Asked only when there is one, so that others use up nothing.
    pub(super) fn take_conflict(&self) -> bool {
        let mut list = self.list();
        let fault = list.iter_mut().find(|fault| fault.kind == Kind::Conflict && fault.is_for(Group::Writes));
        fault.map(Fault::use_up_one).is_some()
    }

    /// Waits for the next time that the faults are replaced or cleared: a hung request hangs until then.
    pub(super) async fn until_switched(&self) {
        self.switched.notified().await;
    }

    fn switch_to(&self, faults: Vec<Fault>) {
        *self.list() = faults;
        self.switched.notify_waiters();
    }

    fn list(&self) -> MutexGuard<'_, Vec<Fault>> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|fault| fault.times != Some(0));
        list
    }
}

impl Fault {
    fn is_for(&self, group: Group) -> bool {
        match self.on {
            On::Reads => group == Group::Reads,
            On::Writes => group == Group::Writes,
            On::ApiReads => group == Group::ApiReads,
            On::Both => true,
        }
    }

    fn use_up_one(&mut self) {
        self.times = self.times.map(|times| times.saturating_sub(1));
    }
}

impl Kind {
    fn add_to(&self, plan: &mut Plan) {
        match self {
            Self::Hang => plan.instead = Some(Instead::Hang),
            Self::Drop => plan.instead = Some(Instead::Drop),
            Self::Status { status } => plan.instead = Some(Instead::Status(*status)),
            Self::RateLimited { retry_after_seconds } => {
                plan.instead = Some(Instead::RateLimited { retry_after_seconds: *retry_after_seconds });
            }
            Self::Slow { ms } => plan.delay_ms = plan.delay_ms.saturating_add(*ms).min(MAX_DELAY_MS),
            Self::DropAfterWrite => plan.drop_after = true,
            Self::Corrupt { key } => plan.tampering.corrupt.push(key.clone()),
            Self::OldVersion => plan.tampering.old_version = true,
            Self::Conflict => {}
        }
    }
}
