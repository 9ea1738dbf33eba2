//! The local store: one Edge Config on this machine, which the real SDK and the real API clients cannot tell from
//! Vercel's. It serves a state file ([`crate::sync::store::FileStore`]) over HTTP and can misbehave on request.
//!
//! Made for one machine: its tokens are public, so it must not be reachable from another. What it does beyond
//! Vercel's two APIs stands under `/_atlas/`.

mod answer;
mod api;
mod auth;
mod backups;
mod fault_form;
mod faults;
mod group;
mod home;
mod inject;
mod inspector;
mod live;
mod loopback;
mod read;
mod run;
mod schema;
mod sdk;
mod serve;
mod stats;
mod tamper;
mod tokens;
mod write;

pub use run::{DevError, DevOptions, DevServer, Reach, run, system_clock};
pub use serve::serve;

use crate::sync::store::{Clock, FileStore};
use axum::Router;
use axum::routing::get;
use faults::Faults;
use live::Live;
use stats::Stats;
use std::path::PathBuf;
use std::sync::Arc;

/// The id of the store that is served.
pub const STORE_ID: &str = crate::sync::store::state::LOCAL_ID;
/// Who owns it, as the management API says.
const OWNER_ID: &str = "team_local";
/// The token that reads it, as it stands in the connection string. Not a secret.
pub const READ_TOKEN: &str = "local";
/// The token that writes it. Not a secret.
pub const WRITE_TOKEN: &str = "local-write";

/// What the server serves.
pub struct DevConfig {
    /// The state file. It need not be there yet.
    pub state: PathBuf,
    /// Gives the time that writes are stamped with.
    pub clock: Clock,
}

/// All that requests share.
struct Dev {
    store: FileStore,
    live: Live,
    faults: Faults,
    stats: Stats,
}

type Shared = Arc<Dev>;

/// All routes of the local store, without the socket. Only [`serve`] can close a connection without an answer; without
/// it that fault shows as a 502.
pub fn router(config: DevConfig) -> Router {
    let store = FileStore::new(config.state, config.clock);
    let dev =
        Arc::new(Dev { live: Live::new(store.clone()), store, faults: Faults::default(), stats: Stats::default() });
    Router::new()
        .merge(read::routes(&dev))
        .merge(api::routes(&dev))
        .merge(faults::routes())
        .route("/_atlas/stats", get(stats::show))
        .route("/", get(home::show))
        .fallback(answer::no_such_path)
        .method_not_allowed_fallback(answer::no_such_method)
        .with_state(dev)
}
