//! The server: its routes, its socket, and how it stops.

use super::auth::READ_TOKEN;
use super::body::MAX_BODY_BYTES;
use super::faults::{self, Faults};
use super::inspector::{self, INSPECTOR_PATH};
use super::live::Live;
use super::state::{Dev, STORE_ID};
use super::stats::{self, RequestStats};
use super::{answer, api, home, loopback, read};
use crate::sync::clock::now_ms;
use crate::sync::net::connections::{Bounds, Connections};
use crate::sync::net::listen;
use crate::sync::store::FileStore;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Router, routing::get};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};

/// As patient as hyper is by itself, and room for a crowd of readers.
const BOUNDS: Bounds = Bounds { most: 8192, head: Duration::from_secs(30) };

/// How many connections may wait to be accepted. With the usual 128, many of a thousand readers that come at once would
/// be turned away and try again only after a second.
const BACKLOG: u32 = 4096;

/// How long requests under way may take to finish when the server stops.
const GRACE: Duration = Duration::from_millis(500);

/// All routes that serve this store, without the socket. Only [`serve`] can close a connection without an answer; with
/// another server that fault shows as a 502.
pub fn router(store: FileStore) -> Router {
    let (faults, stats) = (Arc::<Faults>::default(), Arc::<RequestStats>::default());
    let dev = Dev { live: Live::new(store.clone()), store, faults: Arc::clone(&faults) };
    Router::new()
        .merge(read::routes())
        .merge(api::routes())
        .route_layer(from_fn_with_state(Arc::clone(&faults), faults::inject))
        .route_layer(from_fn_with_state(Arc::clone(&stats), stats::count))
        .route("/", get(home::show))
        .with_state(Arc::new(dev))
        .merge(faults::routes(faults))
        .route("/_atlas/stats", get(stats::show).with_state(stats))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .fallback(answer::no_such_path)
        .method_not_allowed_fallback(answer::no_such_method)
}

pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let mut connections = Connections::new(router, BOUNDS);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    drop(listener);
    connections.finish(GRACE).await;
}

#[derive(Debug, thiserror::Error)]
pub enum DevError {
    #[error(
        "expected a loopback address to listen on, such as 127.0.0.1:4600, found {0}: the tokens of the local store \
         are public"
    )]
    NotLoopback(SocketAddr),
    #[error("{}", listen::failure(*address, source))]
    Listen { address: SocketAddr, source: io::Error },
}

/// The local store and the inspector on a socket, as a command runs them.
#[derive(Debug)]
pub struct DevServer {
    listener: TcpListener,
    address: SocketAddr,
    state: PathBuf,
}

impl DevServer {
    pub fn bind(listen: SocketAddr, state: PathBuf) -> Result<Self, DevError> {
        if !listen.ip().is_loopback() {
            return Err(DevError::NotLoopback(listen));
        }
        let bound = listener(listen).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = bound.map_err(|source| DevError::Listen { address: listen, source })?;
        Ok(Self { listener, address, state })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn connection_string(&self) -> String {
        format!("http://{}/{STORE_ID}?token={READ_TOKEN}", self.address)
    }

    pub fn inspector(&self) -> String {
        format!("http://{}{INSPECTOR_PATH}", self.address)
    }

    pub async fn serve(self, shutdown: impl Future<Output = ()>) {
        let store = FileStore::new(self.state, now_ms);
        let routes = router(store).merge(inspector::pages()).layer(from_fn(loopback::only));
        serve(self.listener, routes, shutdown).await;
    }
}

fn listener(listen: SocketAddr) -> io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As every server: an address whose last connections are still being closed can be taken again.
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}
