//! The terminal while a command runs: a progress line, the log on standard error as text or JSON, and the signals that
//! stop the command.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process;
use std::sync::Once;
use std::thread;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};

use super::log::{LogArgs, LogFormat};
use super::log_thread::{FlushAtEnd, LogThread};
use crate::sync::run::{RunStep, SyncError};
use crate::sync::shown::{escaped, escaped_json};

const TICK: Duration = Duration::from_millis(100);

/// How long a command other than `serve` may take to end after a signal.
pub const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub struct Terminal {
    line: ProgressBar,
    /// Starts the line's ticker once; to start it again would wait for the tick under way.
    moving: Once,
    flush: Option<FlushAtEnd>,
}

impl Terminal {
    /// Where nobody may read the log, as in a pipe, it is written by a thread of its own: a command has a deadline, and holds
    /// a lock.
    pub fn start(args: &LogArgs) -> Self {
        let thread = if io::stderr().is_terminal() { None } else { LogThread::start().ok() };
        Self::start_with(args, thread)
    }

    /// For the long-running job, which nothing may hold up, a terminal no more than a pipe.
    pub fn start_unblocked(args: &LogArgs) -> io::Result<Self> {
        Ok(Self::start_with(args, Some(LogThread::start()?)))
    }

    fn start_with(args: &LogArgs, log: Option<(LogThread, FlushAtEnd)>) -> Self {
        let (thread, flush) = log.unzip();
        let is_terminal = io::stderr().is_terminal();
        let json = match args.log_format {
            LogFormat::Auto => !is_terminal,
            LogFormat::Text => false,
            LogFormat::Json => true,
        };
        let target = if is_terminal && !json { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let line = ProgressBar::with_draw_target(None, target).with_style(ProgressStyle::default_spinner());
        let above = line.clone();
        let filter = EnvFilter::try_new(&args.log).unwrap_or_else(|_| EnvFilter::new("info"));
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || Above {
            line: above.clone(),
            json,
            thread: thread.clone(),
        });
        if json {
            lines.json().init();
        } else {
            lines.with_ansi(AutoStream::choice(&io::stderr()) != ColorChoice::Never).fmt_fields(Fields).init();
        }
        Self { line, moving: Once::new(), flush }
    }

    /// Removes the progress line, and writes what was logged; call it before printing the result.
    pub fn clear(&self) {
        self.line.finish_and_clear();
        if let Some(log) = &self.flush {
            log.flush();
        }
    }

    pub fn show(&self, step: RunStep) {
        self.moving.call_once(|| self.line.enable_steady_tick(TICK));
        self.line.set_message(step.description());
    }
}

/// The fields of a line of text. `tracing-subscriber` itself escapes the message alone, and an error may repeat what others
/// wrote.
struct Fields;

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut text = String::new();
        DefaultFields::new().format_fields(Writer::new(&mut text), fields)?;
        writer.write_str(&escaped(&text))
    }
}

/// Writes log lines above the progress line. In JSON `tracing-subscriber` leaves the control characters that JSON allows,
/// so they are escaped here. A line that cannot be written, since the disk is full or nobody reads the log any more, is
/// lost: `tracing-subscriber` would report the error on standard error too, and panic.
struct Above {
    line: ProgressBar,
    json: bool,
    thread: Option<LogThread>,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let shown = if self.json { escaped_json(&text) } else { text };
        match &self.thread {
            Some(thread) => thread.push(shown.into_owned()),
            None => drop(self.line.suspend(|| io::stderr().write_all(shown.as_bytes()))),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = io::stderr().flush();
        Ok(())
    }
}

/// Makes a file that may grow no further (`ulimit -f`) an error of the write, as a full disk is: by itself the signal ends the
/// process. The signal counts as caught for as long as the process lives.
pub fn catch_file_size_signal() {
    if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
        tracing::warn!(%error, "could not catch the signal of the limit on files");
    }
}

/// Works until a signal comes, which is this error. Without it a signal would not end the process where it is process 1, as
/// in a container.
pub async fn unless_interrupted<T, E: From<SyncError>>(
    work: impl Future<Output = Result<T, E>>,
    interrupted: SyncError,
) -> Result<T, E> {
    let signal = until_interrupted(PATIENCE);
    tokio::select! {
        biased;
        result = work => result,
        () = signal => Err(interrupted.into()),
    }
}

/// Completes on Ctrl-C, SIGTERM or, unless the program was started to ignore it, SIGHUP. The signals are caught from the
/// moment of the call. The process ends so long after the first of them at the latest, wherever it is: nobody may read what it
/// prints or logs.
pub fn until_interrupted(patience: Duration) -> impl Future<Output = ()> {
    let signals = caught();
    let end_anyway = move || {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            first(signals).await;
            sleep(patience).await;
        });
        process::exit(SyncError::Interrupted.exit_code().into());
    };
    if let Err(error) = thread::Builder::new().name("signals".to_owned()).spawn(end_anyway) {
        tracing::warn!(%error, "the thread that ends the process after a signal could not start");
    }
    first(caught())
}

fn caught() -> Vec<io::Result<Signal>> {
    let hangup = (!ignores_hangup()).then(SignalKind::hangup);
    [SignalKind::interrupt(), SignalKind::terminate()].into_iter().chain(hangup).map(signal).collect()
}

async fn first(signals: Vec<io::Result<Signal>>) {
    let signals = signals.into_iter().map(|caught| async {
        match caught {
            Ok(mut caught) => drop(caught.recv().await),
            Err(error) => {
                tracing::warn!(%error, "could not listen for a signal");
                std::future::pending::<()>().await;
            }
        }
    });
    futures_util::future::select_all(signals.map(Box::pin)).await;
}

/// Whether SIGHUP is ignored, as `nohup` has it. Linux alone says so in a file (`proc_pid_status(5)`): a mask in which the
/// lowest bit is signal 1.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}
