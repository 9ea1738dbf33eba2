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

/// How long to wait before the next connection when the system has none to give, such as for want of file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections there may be at a time, and how long one may take to send the head of a request, or be silent
/// between two of them.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub most: usize,
    pub head: Duration,
}

/// Marks a response: the server closes the connection instead of sending it.
#[derive(Debug, Clone, Copy)]
pub struct Dropped;

#[derive(Debug, thiserror::Error)]
#[error("the connection was closed in place of an answer")]
struct Closed;

pub struct Connections {
    router: Router,
    bounds: Bounds,
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
    pub fn new(router: Router, bounds: Bounds) -> Self {
        Self {
            router,
            bounds,
            graceful: GracefulShutdown::new(),
            tasks: JoinSet::new(),
            open: BTreeMap::new(),
            count: 0,
        }
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
        if !self.make_room(self.bounds.most) {
            tracing::warn!(most = self.bounds.most, "every connection is being answered; a new one was closed");
            return;
        }
        let answering = Arc::new(AtomicUsize::new(0));
        let (router, watcher) = (self.router.clone(), self.graceful.watcher());
        let task = self.tasks.spawn(connection(stream, router, self.bounds.head, Arc::clone(&answering), watcher));
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

async fn connection(stream: TcpStream, router: Router, head: Duration, answering: Arc<AtomicUsize>, watcher: Watcher) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, answering) = (router.clone(), Answering::begin(&answering));
        async move {
            let Ok(response) = router.oneshot(request).await;
            drop(answering);
            if response.extensions().get::<Dropped>().is_some() { Err(Closed) } else { Ok(response) }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

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
