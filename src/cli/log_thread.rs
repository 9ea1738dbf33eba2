//! Writes the log on a thread of its own. Where nobody reads it, lines are lost and the command goes on.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The most lines that wait to be written.
const MOST_WAITING: usize = 1_000;

/// How long the end of a command waits for the last lines.
pub const FLUSH: Duration = Duration::from_secs(1);

/// How often the end of a command looks for room in a full queue.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

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
        Self::start_into(io::stderr())
    }

    fn start_into(mut log_file: impl Write + Send + 'static) -> io::Result<(Self, FlushAtEnd)> {
        let (waiting, lines) = sync_channel(MOST_WAITING);
        let log = Self { waiting, lost: Arc::default() };
        let lost = Arc::clone(&log.lost);
        thread::Builder::new().name("log".to_owned()).spawn(move || write(&lines, &mut log_file, &lost))?;
        Ok((log.clone(), FlushAtEnd(log)))
    }

    pub fn push(&self, line: String) {
        if self.waiting.try_send(Message::Line(line)).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }
}

fn write(lines: &Receiver<Message>, log_file: &mut impl Write, lost: &AtomicU64) {
    let mut put = |line: &str| {
        let _ = log_file.write_all(line.as_bytes());
        let lost = lost.swap(0, Relaxed);
        if lost > 0 {
            tracing::warn!(lines = lost, "log lines were lost, because nobody reads the log");
        }
    };
    for message in lines {
        match message {
            Message::Line(line) => put(&line),
            Message::Flush(written) => {
                // The warning about lost lines may be queued behind.
                while let Ok(Message::Line(line)) = lines.try_recv() {
                    put(&line);
                }
                drop(written);
            }
        }
    }
}

impl FlushAtEnd {
    /// Waits until the lines up to now are written, and for [`FLUSH`] at most.
    pub fn flush(&self) {
        let until = Instant::now() + FLUSH;
        let (written, wait) = sync_channel(0);
        let mut flush = Message::Flush(written);
        while let Err(TrySendError::Full(unsent)) = self.0.waiting.try_send(flush) {
            if Instant::now() >= until {
                return;
            }
            thread::sleep(POLL_INTERVAL);
            flush = unsent;
        }
        let _ = wait.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log that is read slowly at first.
    struct Slow {
        begun: Option<SyncSender<()>>,
        lines: Arc<AtomicU64>,
    }

    impl Write for Slow {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if let Some(begun) = self.begun.take() {
                begun.send(()).unwrap();
                thread::sleep(Duration::from_millis(100));
            }
            self.lines.fetch_add(1, Relaxed);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_end_waits_for_a_slow_reader_when_no_more_lines_may_wait() {
        let (begun, first) = sync_channel(1);
        let lines = Arc::new(AtomicU64::new(0));
        let (log, end) = LogThread::start_into(Slow { begun: Some(begun), lines: Arc::clone(&lines) }).unwrap();
        log.push("first".to_owned());
        first.recv().unwrap();
        for _ in 0..MOST_WAITING {
            log.push("another".to_owned());
        }
        drop(end);
        assert_eq!(lines.load(Relaxed), 1 + MOST_WAITING as u64);
    }
}
