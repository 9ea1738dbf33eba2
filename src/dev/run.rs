//! The server as a command runs it: takes the address, says where it listens, and stops when it is told to.

use super::inspector::INSPECTOR_PATH;
use super::router::router;
use super::serve::serve;
use super::state::{DevConfig, READ_TOKEN, STORE_ID};
use super::{inspector, loopback};
use crate::sync::store::Clock;
use axum::{Router, middleware};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpSocket};

#[derive(Debug, Clone)]
pub struct DevOptions {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    pub reach: Reach,
    /// The state file. It need not be there yet.
    pub state: PathBuf,
}

/// Who may reach the local store. Its tokens are public, so whoever reaches it may write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    #[default]
    LoopbackOnly,
    DangerAnyAddress,
}

#[derive(Debug, thiserror::Error)]
pub enum DevError {
    #[error(
        "expected a loopback address to listen on, such as 127.0.0.1:4600, found {0}: the tokens of the local store \
         are public"
    )]
    NotLoopback(SocketAddr),
    #[error("could not listen on {address}: {source}; choose another with --listen")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("could not listen for signals: {0}")]
    Signal(io::Error),
}

/// How many connections may wait to be taken. With the usual 128 a thousand readers that come at once would wait for
/// seconds, for their attempts to be repeated.
const BACKLOG: u32 = 4096;

fn listener(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As every server: an address whose last connections are still being closed can be taken again.
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}

/// A local store that holds its address, and does not answer yet.
#[derive(Debug)]
pub struct DevServer {
    listener: TcpListener,
    address: SocketAddr,
    reach: Reach,
    state: PathBuf,
}

impl DevServer {
    /// Takes the address.
    pub fn bind(options: DevOptions) -> Result<Self, DevError> {
        let DevOptions { listen, reach, state } = options;
        if reach == Reach::LoopbackOnly && !listen.ip().is_loopback() {
            return Err(DevError::NotLoopback(listen));
        }
        let failed = |source| DevError::Listen { address: listen, source };
        let listener = listener(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address, reach, state })
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

    /// Serves the store until `shutdown` ends, and beside it `pages`: routes that may not have a fallback, nor any path
    /// of the store's own, of which `/` is one.
    pub async fn serve(self, pages: Router, shutdown: impl Future<Output = ()>) {
        let config = DevConfig { state: self.state, clock: system_clock() };
        let routes = router(config).merge(pages);
        let routes = match self.reach {
            Reach::LoopbackOnly => routes.layer(middleware::from_fn(loopback::only)),
            Reach::DangerAnyAddress => routes,
        };
        serve(self.listener, routes, shutdown).await;
    }
}

/// Serves the local store and the inspector until the process gets SIGINT, SIGTERM or SIGHUP. `announce` is told once, when
/// the address is taken.
pub async fn run(options: DevOptions, announce: impl FnOnce(&DevServer)) -> Result<(), DevError> {
    let stop = stop_signal()?;
    let server = DevServer::bind(options)?;
    announce(&server);
    server.serve(inspector::pages(), stop).await;
    Ok(())
}

pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

fn stop_signal() -> Result<impl Future<Output = ()>, DevError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(DevError::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(DevError::Signal)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(DevError::Signal)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}
