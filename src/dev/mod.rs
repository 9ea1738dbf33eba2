//! The local store: one Edge Config on this machine, which the real SDK and the real API clients cannot tell from
//! Vercel's. It serves a state file ([`crate::sync::store::FileStore`]) over HTTP and can misbehave on request.
//!
//! Made for one machine: its tokens are public, so it must not be reachable from another. What it does beyond
//! Vercel's two APIs stands under `/_atlas/`.

mod answer;
mod api;
mod auth;
mod backups;
mod count;
mod fault;
mod faults;
mod group;
mod home;
mod inject;
mod inspector;
mod live;
mod loopback;
mod read;
mod router;
mod run;
mod schema;
mod sdk;
mod serve;
mod state;
mod stats;
mod switch;
mod tamper;
mod tokens;
mod write;

pub use router::router;
pub use run::{DevError, DevServer};
pub use serve::serve;
pub use state::{DevConfig, READ_TOKEN, STORE_ID, WRITE_TOKEN};
