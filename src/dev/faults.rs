//! The faults that are switched on.
//!
//! A request takes them in order, up to the first that answers in the store's place; `times` counts the requests that a
//! fault is still for, and without it there is no end.

use super::fault::{Fault, Kind, MAX_DELAY_MS};
use super::group::Group;
use super::tamper::Tampering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Default)]
pub(super) struct Faults {
    list: Mutex<Vec<Fault>>,
    switched: Notify,
}

#[derive(Default)]
pub(super) struct Disturbance {
    pub(super) delay_ms: u64,
    pub(super) instead: Option<Instead>,
    pub(super) tampering: Tampering,
    pub(super) drop_after: bool,
}

pub(super) enum Instead {
    Hang,
    Drop,
    Status(u16),
    RateLimited { retry_after_seconds: u64 },
}

impl Faults {
    pub(super) fn take(&self, group: Group) -> Disturbance {
        let mut disturbance = Disturbance::default();
        for fault in self.list().iter_mut().filter(|fault| fault.kind != Kind::Conflict && fault.is_for(group)) {
            fault.use_up_one();
            disturbance.add(fault);
            if disturbance.instead.is_some() {
                break;
            }
        }
        disturbance
    }

    /// Whether to answer a `create` with 409. Only a request with a `create` asks, so others use up no fault.
    pub(super) fn take_conflict(&self) -> bool {
        let mut list = self.list();
        let fault = list.iter_mut().find(|fault| fault.kind == Kind::Conflict && fault.is_for(Group::Writes));
        fault.map(Fault::use_up_one).is_some()
    }

    /// Waits for the next time that the faults are replaced or cleared: a hung request hangs until then.
    pub(super) async fn until_switched(&self) {
        self.switched.notified().await;
    }

    pub(super) fn switch_to(&self, faults: Vec<Fault>) {
        *self.list() = faults;
        self.switched.notify_waiters();
    }

    pub(super) fn list(&self) -> MutexGuard<'_, Vec<Fault>> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.retain(|fault| fault.times != Some(0));
        list
    }
}

impl Disturbance {
    fn add(&mut self, fault: &Fault) {
        match fault.kind {
            Kind::Hang => self.instead = Some(Instead::Hang),
            Kind::Drop => self.instead = Some(Instead::Drop),
            Kind::Status => self.instead = fault.status.map(Instead::Status),
            Kind::RateLimited => {
                let retry_after_seconds = fault.retry_after_seconds.unwrap_or_default();
                self.instead = Some(Instead::RateLimited { retry_after_seconds });
            }
            Kind::Slow => {
                self.delay_ms = self.delay_ms.saturating_add(fault.ms.unwrap_or_default()).min(MAX_DELAY_MS);
            }
            Kind::DropAfterWrite => self.drop_after = true,
            Kind::Corrupt => self.tampering.corrupt.extend(fault.key.clone()),
            Kind::OldVersion => self.tampering.old_version = true,
            Kind::Conflict => {}
        }
    }
}
