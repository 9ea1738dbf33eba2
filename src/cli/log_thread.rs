//! Writes the log on a thread of its own. Where nobody reads it, lines are lost and the command goes on.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// The most lines that wait to be written.
const MOST_WAITING: usize = 1_000;

/// How long the end of a command waits for the last lines.
pub const FLUSH: Duration = Duration::from_secs(1);

enum Message {
    Line(String),
    /// Dropped once every line before it has been written.
    Flush(SyncSender<()>),
}

#[derive(Debug, Clone)]
pub struct LogThread {
    waiting: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

/// Waits for the last lines when it is dropped.
#[derive(Debug)]
#[must_use = "dropping it waits for the last lines"]
pub struct FlushAtEnd(LogThread);

impl LogThread {
    pub fn start() -> io::Result<(Self, FlushAtEnd)> {
        let (waiting, lines) = sync_channel(MOST_WAITING);
        let log = Self { waiting, lost: Arc::default() };
        let lost = Arc::clone(&log.lost);
        thread::Builder::new().name("log".to_owned()).spawn(move || write(&lines, &lost))?;
        Ok((log.clone(), FlushAtEnd(log)))
    }

    pub fn push(&self, line: String) {
        if self.waiting.try_send(Message::Line(line)).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }
}

fn write(lines: &Receiver<Message>, lost: &AtomicU64) {
    for message in lines {
        let line = match message {
            Message::Line(line) => line,
            Message::Flush(written) => {
                drop(written);
                continue;
            }
        };
        let _ = io::stderr().write_all(line.as_bytes());
        let lost = lost.swap(0, Relaxed);
        if lost > 0 {
            tracing::warn!(lines = lost, "log lines were lost, because nobody reads the log");
        }
    }
}

impl FlushAtEnd {
    /// Waits for the lines up to now.
    pub fn flush(&self) {
        let (written, wait) = sync_channel(0);
        if self.0.waiting.try_send(Message::Flush(written)).is_ok() {
            let _ = wait.recv_timeout(FLUSH);
        }
    }
}

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        self.flush();
    }
}
