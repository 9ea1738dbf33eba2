//! A thread of its own for the syncs: one that parses, compiles schemas or waits for a file does not keep the endpoints
//! from answering.

use std::io;

use tokio::runtime::{Builder, Handle};

use crate::sync::run::BUILD_STACK;

/// How many threads may wait for a disk, look up a name, or check a local store's schema.
const MOST_BLOCKED: usize = 4;

#[derive(Debug, Clone)]
pub struct Worker {
    runtime: Handle,
}

impl Worker {
    pub fn start() -> io::Result<Self> {
        let mut runtime = Builder::new_current_thread();
        runtime.enable_all().thread_stack_size(BUILD_STACK).max_blocking_threads(MOST_BLOCKED);
        let runtime = runtime.build()?;
        let handle = runtime.handle().clone();
        std::thread::Builder::new()
            .name("sync".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        Ok(Self { runtime: handle })
    }

    /// Runs something there, and waits for it here. `None` if it panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.runtime.spawn(work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn what_blocks_there_does_not_block_here() {
        let worker = Worker::start().unwrap();
        let (free, blocked) = std::sync::mpsc::channel::<()>();
        let work = tokio::spawn(async move { worker.run(async move { blocked.recv().is_ok() }).await });
        tokio::time::sleep(Duration::from_millis(1)).await;
        free.send(()).unwrap();
        assert_eq!(work.await.unwrap(), Some(true));
    }

    #[tokio::test]
    async fn a_panic_there_is_none_here() {
        let worker = Worker::start().unwrap();
        assert_eq!(worker.run(async { std::hint::black_box(None::<u8>).unwrap() }).await, None);
        assert_eq!(worker.run(async { 1 }).await, Some(1));
    }
}
