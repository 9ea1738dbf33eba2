//! The faults that are switched on, how a request meets them, and the switch: `PUT /_atlas/faults` replaces the list,
//! `GET` shows what is left of it, `DELETE` clears it; all three want the write token.
//!
//! A request meets the faults in order, up to the first that answers in the store's place. `times` counts the requests
//! that a fault is still for; without it, the fault stays until the next switch.

use super::answer::ApiError;
use super::auth::Writer;
use super::body::Body;
use super::fault::{FaultKind, InjectedFault};
use super::stats::RequestKind;
use crate::sync::net::connections::Dropped;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Faults {
    list: Mutex<Vec<InjectedFault>>,
    switched: Notify,
}

impl Faults {
    fn take(&self, request: RequestKind) -> Vec<InjectedFault> {
        let mut taken = Vec::new();
        for fault in
            self.list().iter_mut().filter(|fault| fault.kind != FaultKind::Conflict {} && fault.is_for(request))
        {
            fault.use_up_one();
            taken.push(fault.clone());
            if fault.kind.answers() {
                break;
            }
        }
        taken
    }

    /// Whether to answer a `create` with 409. Only a request with a `create` asks, so others use up no fault.
    pub(super) fn take_conflict(&self) -> bool {
        let mut list = self.list();
        let fault =
            list.iter_mut().find(|fault| fault.kind == FaultKind::Conflict {} && fault.is_for(RequestKind::Writes));
        fault.map(InjectedFault::use_up_one).is_some()
    }

    fn switch_to(&self, faults: Vec<InjectedFault>) {
        *self.list() = faults;
        self.switched.notify_waiters();
    }

    fn list(&self) -> MutexGuard<'_, Vec<InjectedFault>> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|fault| fault.times != Some(0));
        list
    }
}

/// Carries out the faults that disturb the answer. Those that disturb what the store shows go on with the request.
pub(super) async fn inject(State(on): State<Arc<Faults>>, mut request: Request, next: Next) -> Response {
    // From here on, so that a switch while the request is slow is not missed by a hang behind it.
    let switched = on.switched.notified();
    let faults = on.take(RequestKind::of(&request));
    for fault in &faults {
        match fault.kind {
            FaultKind::Slow { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            FaultKind::Hang {} => {
                switched.await;
                return dropped();
            }
            FaultKind::Drop {} => return dropped(),
            FaultKind::Status { status } => return failed(status),
            FaultKind::RateLimited { retry_after_seconds } => return rate_limited(retry_after_seconds),
            FaultKind::DropAfterWrite {}
            | FaultKind::Corrupt { .. }
            | FaultKind::OldVersion {}
            | FaultKind::Conflict {} => {}
        }
    }
    let drop_after = faults.iter().any(|fault| fault.kind == FaultKind::DropAfterWrite {});
    request.extensions_mut().insert(faults);
    let response = next.run(request).await;
    if drop_after { dropped() } else { response }
}

fn dropped() -> Response {
    (StatusCode::BAD_GATEWAY, Extension(Dropped)).into_response()
}

fn failed(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    ApiError::new(status, "internal_server_error", "a fault is switched on at `/_atlas/faults`").into_response()
}

fn rate_limited(retry_after_seconds: u64) -> Response {
    let message = "a fault is switched on at `/_atlas/faults`: too many requests";
    let failure = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
    ([(RETRY_AFTER, retry_after_seconds.to_string())], failure).into_response()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    faults: Vec<InjectedFault>,
}

pub(super) fn routes(faults: Arc<Faults>) -> Router {
    Router::new().route("/_atlas/faults", get(show).put(replace).delete(clear)).with_state(faults)
}

async fn show(State(on): State<Arc<Faults>>, _: Writer) -> Json<Switch> {
    Json(Switch { faults: on.list().clone() })
}

async fn replace(State(on): State<Arc<Faults>>, writer: Writer, Body(Switch { faults }): Body<Switch>) -> Json<Switch> {
    tracing::info!(faults = faults.len(), "faults were switched on");
    on.switch_to(faults);
    show(State(on), writer).await
}

async fn clear(State(on): State<Arc<Faults>>, writer: Writer) -> Json<Switch> {
    on.switch_to(Vec::new());
    show(State(on), writer).await
}
