//! What a person at a terminal sees while a command runs, and what the log lines look like: a progress line on a
//! terminal, text or JSON on standard error. And how the person, or the system, stops it.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Once};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;

use super::arguments::{LogArgs, LogFormat};
use super::output::escaped_json;
use crate::sync::run::{Progress, Step};

const TICK: Duration = Duration::from_millis(100);

#[derive(Debug, Clone)]
pub struct Terminal {
    line: ProgressBar,
    /// Whether it moves by itself: to start that again would wait for the tick under way.
    moving: Arc<Once>,
}

impl Terminal {
    pub fn start(args: &LogArgs) -> Self {
        let people = io::stderr().is_terminal() && args.log_format != LogFormat::Json;
        let json = match args.log_format {
            LogFormat::Auto => !io::stderr().is_terminal(),
            LogFormat::Text => false,
            LogFormat::Json => true,
        };
        let target = if people { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let line = ProgressBar::with_draw_target(None, target).with_style(ProgressStyle::default_spinner());
        let above = line.clone();
        let filter = EnvFilter::try_new(&args.log).unwrap_or_else(|_| EnvFilter::new("info"));
        let lines =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || Above { line: above.clone(), json });
        if json {
            lines.json().init();
        } else {
            lines.with_ansi(AutoStream::choice(&io::stderr()) != ColorChoice::Never).init();
        }
        Self { line, moving: Arc::new(Once::new()) }
    }

    /// Takes the progress line away. To be called before the result is printed.
    pub fn clear(&self) {
        self.line.finish_and_clear();
    }
}

impl Progress for Terminal {
    fn begins(&self, step: Step) {
        self.moving.call_once(|| self.line.enable_steady_tick(TICK));
        self.line.set_message(step.description());
    }
}

/// Writes whole lines to standard error without tearing the progress line. In text `tracing-subscriber` spells control
/// characters out; in JSON it leaves those that JSON does not forbid.
struct Above {
    line: ProgressBar,
    json: bool,
}

impl Write for Above {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let shown = if self.json { escaped_json(&text) } else { text };
        self.line.suspend(|| io::stderr().write_all(shown.as_bytes())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Ends when the process is told to stop: Ctrl-C, SIGTERM, or SIGHUP. They are caught from the call on.
pub fn until_interrupted() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let signals = kinds.map(signal);
    async {
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
}
