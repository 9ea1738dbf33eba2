//! The server as a command runs it: takes the address, says where it listens, and stops when it is told to.

use super::inspector::INSPECTOR_PATH;
use super::router::router;
use super::serve::serve;
use super::state::{DevConfig, READ_TOKEN, STORE_ID};
use super::{inspector, loopback};
use crate::sync::clock::now_ms;
use axum::middleware;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket};

#[derive(Debug, thiserror::Error)]
pub enum DevError {
    #[error(
        "expected a loopback address to listen on, such as 127.0.0.1:4600, found {0}: the tokens of the local store \
         are public"
    )]
    NotLoopback(SocketAddr),
    #[error("could not listen on {address}: {source}; choose another with --listen")]
    Listen { address: SocketAddr, source: io::Error },
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
        let failed = |source| DevError::Listen { address: listen, source };
        let listener = listener(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
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
        let config = DevConfig { state: self.state, clock: Arc::new(now_ms) };
        let routes = router(config).merge(inspector::pages()).layer(middleware::from_fn(loopback::only));
        serve(self.listener, routes, shutdown).await;
    }
}
