//! The long-running job: its endpoints, and when it syncs. The sync itself is a stand-in here, but for
//! what it remembers; the job over a real store is tested with the command.

#![cfg(not(target_arch = "wasm32"))]

mod endpoints;
mod notifications;
mod recovery;
mod schedule;
mod support;
