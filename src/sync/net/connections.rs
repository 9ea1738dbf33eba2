//! Accepts connections, limits how many there are and how long they may be silent, and ends within a bounded time
//! whatever is open.
//!
//! When there are too many, the oldest silent one is closed: a thousand silent connections keep nobody out.

use std::sync::Arc;
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

/// The wait after the system could not accept a connection, such as for lack of file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// The most bytes of a request's head, twice what Node.js takes. What waits to be read or sent fills no more either, so that
/// many connections fill little memory.
const MOST_HEAD: usize = 32 * 1024;

/// The most connections at a time, and how long one may take to send the head of a request, or be silent between two.
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
    open: Vec<Open>,
}

struct Open {
    /// Shared with the connection's service, and with each request that is being answered.
    answering: Arc<()>,
    task: AbortHandle,
}

impl Open {
    fn is_silent(&self) -> bool {
        Arc::strong_count(&self.answering) <= 2
    }
}

impl Connections {
    pub fn new(router: Router, bounds: Bounds) -> Self {
        Self { router, bounds, graceful: GracefulShutdown::new(), tasks: JoinSet::new(), open: Vec::new() }
    }

    /// Accepts connections; never returns.
    pub async fn accept(&mut self, listener: &TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.add(stream),
                    Err(error) => {
                        tracing::warn!(%error, "could not accept a connection");
                        self.make_room(1);
                        tokio::time::sleep(PAUSE).await;
                    }
                },
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    /// Gives requests that are being answered this much time. All other connections end now.
    pub async fn finish(self, grace: Duration) {
        let Self { graceful, mut tasks, .. } = self;
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            while tasks.try_join_next().is_some() {}
            tracing::warn!(connections = tasks.len(), "requests still under way were cut off");
        }
    }

    fn add(&mut self, stream: TcpStream) {
        if !self.make_room(self.bounds.most) {
            tracing::warn!(most = self.bounds.most, "every connection is busy; a new one was closed");
            return;
        }
        let answering = Arc::new(());
        let (router, watcher) = (self.router.clone(), self.graceful.watcher());
        let task = self.tasks.spawn(connection(stream, router, self.bounds.head, Arc::clone(&answering), watcher));
        self.open.push(Open { answering, task });
    }

    /// Closes silent connections, the oldest first, until there are fewer than `most`. Whether there are.
    fn make_room(&mut self, most: usize) -> bool {
        if self.open.len() < most {
            return true;
        }
        self.open.retain(|open| !open.task.is_finished());
        while self.open.len() >= most {
            let Some(oldest) = self.open.iter().position(Open::is_silent) else { return false };
            self.open.remove(oldest).task.abort();
        }
        true
    }
}

async fn connection(stream: TcpStream, router: Router, head: Duration, answering: Arc<()>, watcher: Watcher) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, answering) = (router.clone(), Arc::clone(&answering));
        async move {
            let Ok(response) = router.oneshot(request).await;
            drop(answering);
            if response.extensions().get::<Dropped>().is_some() { Err(Closed) } else { Ok(response) }
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Semaphore;

    use super::*;

    async fn asks(stream: &mut TcpStream) {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: atlas\r\n\r\n").await.unwrap();
    }

    /// What comes next; nothing if the connection has been closed.
    async fn next(stream: &mut TcpStream) -> String {
        let mut buffer = [0; 1024];
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer)).await;
        let length = read.expect("neither an answer nor an end within 10 s").unwrap_or(0);
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    #[tokio::test]
    async fn a_head_that_is_too_long_is_refused_before_it_ends() {
        let router = Router::new().route("/", get(async || "an answer"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bounds = Bounds { most: 2, head: Duration::from_mins(1) };
        tokio::spawn(async move { Connections::new(router, bounds).accept(&listener).await });
        for (length, status) in [(MOST_HEAD - 100, "200"), (MOST_HEAD, "431")] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let head = format!("GET / HTTP/1.1\r\nhost: atlas\r\nx: {}", "x".repeat(length));
            stream.write_all(head.as_bytes()).await.unwrap();
            if status == "200" {
                stream.write_all(b"\r\n\r\n").await.unwrap();
            }
            assert!(next(&mut stream).await.starts_with(&format!("HTTP/1.1 {status}")), "{length}");
        }
    }

    #[tokio::test]
    async fn a_silent_connection_makes_room_and_one_that_is_being_answered_does_not() {
        let [asked, answer] = [Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0))];
        let (sees, gives) = (Arc::clone(&asked), Arc::clone(&answer));
        let router = Router::new().route(
            "/",
            get(async move || {
                sees.add_permits(1);
                gives.acquire().await.unwrap().forget();
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let bounds = Bounds { most: 2, head: Duration::from_mins(1) };
        tokio::spawn(async move { Connections::new(router, bounds).accept(&listener).await });

        let mut answered = TcpStream::connect(address).await.unwrap();
        asks(&mut answered).await;
        asked.acquire().await.unwrap().forget();
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        assert_eq!(next(&mut silent).await, "");
        asks(&mut second).await;
        asked.acquire().await.unwrap().forget();
        let mut one_too_many = TcpStream::connect(address).await.unwrap();
        assert_eq!(next(&mut one_too_many).await, "");
        answer.add_permits(2);
        for stream in [&mut answered, &mut second] {
            assert!(next(stream).await.starts_with("HTTP/1.1 200"));
        }
    }
}
