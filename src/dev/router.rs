//! The routes of the local store.

use axum::Router;
use axum::routing::get;

use super::state::{Dev, DevConfig};
use super::{answer, api, count, home, read, switch};

/// All routes of the local store, without the socket. Only [`serve`](super::serve::serve) can close a connection without an answer; without
/// it that fault shows as a 502.
pub fn router(config: DevConfig) -> Router {
    let dev = Dev::open(config);
    Router::new()
        .merge(read::routes(&dev))
        .merge(api::routes(&dev))
        .merge(switch::routes())
        .route("/_atlas/stats", get(count::show))
        .route("/", get(home::show))
        .fallback(answer::no_such_path)
        .method_not_allowed_fallback(answer::no_such_method)
        .with_state(dev)
}
