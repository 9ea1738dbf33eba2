//! The local store: one Edge Config on this machine, which the real SDK and the real API clients cannot tell from
//! Vercel's. It serves a state file ([`crate::sync::store::FileStore`]) over HTTP, and fails on request.
//!
//! It is made for one machine: its tokens are public, so it must not be reachable from another. What it does beyond
//! Vercel's two APIs is under `/_atlas/`.

mod answer;
mod api;
mod auth;
mod backups;
mod body;
mod fault;
mod faults;
mod home;
mod inspector;
mod live;
mod loopback;
mod opened;
mod parameters;
mod read;
mod schema;
mod sdk;
mod server;
mod state;
mod stats;
mod tamper;
mod tokens;

pub use auth::{READ_TOKEN, WRITE_TOKEN};
pub use server::{DevError, DevServer, router, serve};
pub use state::STORE_ID;
