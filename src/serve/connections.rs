//! The connections: takes them, bounds how many there are and how long they may be silent, and ends in a bounded time
//! whatever is open.
//!
//! When there are too many, the oldest that is not being answered makes room: whoever opens a thousand connections and
//! says nothing keeps nobody out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tower::ServiceExt;

/// The most connections at a time; far below the 1,024 files that a process usually may open.
pub const MOST_CONNECTIONS: usize = 256;

/// How long a connection may take to send the head of a request, or be silent between two of them.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait before the next connection when the system has none to give, such as for want of file handles.
const PAUSE: Duration = Duration::from_millis(50);

pub struct Connections {
    router: Router,
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
    /// The oldest first.
    open: BTreeMap<u64, Open>,
    count: u64,
}

struct Open {
    /// How many of its requests are being answered.
    answering: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Connections {
    pub fn new(router: Router) -> Self {
        Self { router, graceful: GracefulShutdown::new(), tasks: JoinSet::new(), open: BTreeMap::new(), count: 0 }
    }

    /// Takes connections; never returns.
    pub async fn accept(&mut self, listener: &TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.add(stream),
                    Err(error) => {
                        tracing::warn!(%error, "could not take a connection");
                        self.make_room(1);
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    /// Lets requests that are being answered come to their end, for that long. The others end now.
    pub async fn finish(self, grace: Duration) {
        let Self { graceful, mut tasks, .. } = self;
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            while tasks.try_join_next().is_some() {}
            tracing::warn!(connections = tasks.len(), "requests still under way were cut off");
        }
    }

    fn add(&mut self, stream: TcpStream) {
        if !self.make_room(MOST_CONNECTIONS) {
            tracing::warn!(most = MOST_CONNECTIONS, "every connection is being answered; a new one was closed");
            return;
        }
        let answering = Arc::new(AtomicUsize::new(0));
        let connection = connection(stream, self.router.clone(), Arc::clone(&answering), self.graceful.watcher());
        let task = self.tasks.spawn(connection);
        self.open.insert(self.count, Open { answering, task });
        self.count = self.count.wrapping_add(1);
    }

    /// Closes silent connections, the oldest first, until there are fewer than `most`. Says whether that is so.
    fn make_room(&mut self, most: usize) -> bool {
        if self.open.len() < most {
            return true;
        }
        self.open.retain(|_, open| !open.task.is_finished());
        while self.open.len() >= most {
            let silent = self.open.iter().find(|(_, open)| open.answering.load(Ordering::SeqCst) == 0);
            let Some(number) = silent.map(|(number, _)| *number) else { return false };
            if let Some(open) = self.open.remove(&number) {
                open.task.abort();
            }
        }
        true
    }
}

async fn connection(stream: TcpStream, router: Router, answering: Arc<AtomicUsize>, watcher: Watcher) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, answering) = (router.clone(), Answering::begin(&answering));
        async move {
            let answer = router.oneshot(request).await;
            drop(answering);
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Counts a request for as long as it is being answered.
struct Answering(Arc<AtomicUsize>);

impl Answering {
    fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
