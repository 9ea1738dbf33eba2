//! From a parsed command line to its exit code: opens what was named, runs, prints. The rim of the writing side, and
//! the one place that reads the clock.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use clap::Parser;
use serde::Serialize;
use tracing_subscriber::EnvFilter;

use super::cli::{Cli, Command, DevArgs, LogArgs, LogFormat, RunArgs, StoreArgs, StoreSpec};
use super::cycle::{self, RunOptions};
use super::error::SyncError;
use super::output::{self, StatusReport};
use super::publish::Heartbeat;
use super::report::Report;
use super::source::Source;
use super::source::built_in::BuiltInSource;
use super::source::spec::{SourceAccess, SourceSpec};
use super::store::{FileStore, Store};
use crate::dev;
use crate::domain::time::Timestamp;

/// The most bytes that a snapshot may have: an Edge Config holds 1 MB.
const MAX_BYTES: u64 = 1_000_000;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    // On wrong usage `clap` says what is wrong and ends the process with 2.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime could not start: {error}"), 70),
    };
    runtime.block_on(run(cli.command))
}

async fn run(command: Command) -> ExitCode {
    match command {
        Command::Sync(args) => sync(args, false).await,
        Command::Plan(args) => sync(args, true).await,
        Command::Verify(args) => verify(args).await,
        Command::Status(args) => status(args).await,
        Command::Dev(args) => dev(args).await,
    }
}

/// Fills the local store from Michael's rows, and serves it.
async fn dev(args: DevArgs) -> ExitCode {
    start_logging(&args.log);
    if !args.no_sync {
        let built_in = || Ok(Box::new(BuiltInSource) as Box<dyn Source>);
        let source = match args.source.as_ref().map_or_else(built_in, |source| open_source(source, &args.access)) {
            Ok(source) => source,
            Err(error) => return fail(&error.to_string(), error.exit_code()),
        };
        let store = open_store(&StoreSpec::File(args.state.clone()));
        let options = RunOptions { dry: false, heartbeat: Heartbeat { after_ms: 0 }, max_bytes: MAX_BYTES };
        match cycle::run(source.as_ref(), store.as_ref(), &options, &now).await {
            Ok(report) => tracing::info!(version = report.version, outcome = ?report.outcome, "synced"),
            Err(error) => return fail(&error.to_string(), error.exit_code()),
        }
    }
    let options = dev::DevOptions { listen: args.listen, reach: dev::Reach::LoopbackOnly, state: args.state };
    match dev::run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 2),
    }
}

async fn sync(args: RunArgs, dry: bool) -> ExitCode {
    start_logging(&args.store.log);
    let store = open_store(&args.store.store);
    let options = RunOptions { dry, heartbeat: Heartbeat { after_ms: args.heartbeat.ms }, max_bytes: MAX_BYTES };
    let result = match open_source(&args.source, &args.access) {
        Ok(source) => cycle::run(source.as_ref(), store.as_ref(), &options, &now).await,
        Err(error) => Err(error),
    };
    let report = result.as_ref().map_or_else(|error| Report::failed(error, MAX_BYTES), Clone::clone);
    print(args.store.json, &report, || output::report(&report));
    result.map_or_else(|error| ExitCode::from(error.exit_code()), |_| ExitCode::SUCCESS)
}

async fn verify(args: StoreArgs) -> ExitCode {
    start_logging(&args.log);
    let store = open_store(&args.store);
    let result = cycle::verify(store.as_ref()).await;
    match &result {
        Ok(current) => {
            let status = StatusReport::of(store.describe(), current, now(), MAX_BYTES);
            print(args.json, &status, || output::verdicts(&current.verdicts));
            ExitCode::SUCCESS
        }
        Err(error) => {
            let report = VerifyFailure::of(store.describe(), error);
            print(args.json, &report, || String::new());
            fail(&error.to_string(), error.exit_code())
        }
    }
}

async fn status(args: StoreArgs) -> ExitCode {
    start_logging(&args.log);
    let store = open_store(&args.store);
    match cycle::read_store(store.as_ref()).await {
        Ok(current) => {
            let status = StatusReport::of(store.describe(), &current, now(), MAX_BYTES);
            print(args.json, &status, || output::status(&status));
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.to_string(), error.exit_code()),
    }
}

/// What `verify --json` prints of a store that is not whole.
#[derive(Serialize)]
struct VerifyFailure<'a> {
    store: String,
    verified: bool,
    entries: &'a [crate::domain::verify::EntryVerdict],
    error: super::report::ErrorReport,
}

impl<'a> VerifyFailure<'a> {
    fn of(store: String, error: &'a SyncError) -> Self {
        let entries = match error {
            SyncError::Unverified(verdicts) => verdicts.as_slice(),
            _ => &[],
        };
        let error = super::report::ErrorReport { code: error.code(), message: error.to_string() };
        Self { store, verified: false, entries, error }
    }
}

/// Opens a source.
///
/// # Errors
///
/// [`SyncError::Usage`] when what was named cannot be a source.
pub fn open_source(spec: &SourceSpec, access: &SourceAccess) -> Result<Box<dyn Source>, SyncError> {
    spec.open(access).map_err(|error| SyncError::Usage(error.to_string()))
}

fn open_store(spec: &StoreSpec) -> Box<dyn Store> {
    match spec {
        StoreSpec::File(path) => Box::new(FileStore::new(path, Arc::new(now_ms))),
    }
}

/// Now, by the system's clock.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(i64::try_from(now_ms()).unwrap_or(i64::MAX))
}

/// Now, in milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn start_logging(args: &LogArgs) {
    let json = match args.log_format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let filter = EnvFilter::try_new(&args.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        lines.json().init();
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).init();
    }
}

/// Prints a result: one JSON object, or text for people. A closed pipe is the reader's choice, not an error.
fn print(json: bool, object: &impl Serialize, text: impl FnOnce() -> String) {
    if json {
        let line = serde_json::to_string(object).unwrap_or_default();
        let _ = writeln!(std::io::stdout(), "{line}");
    } else {
        let _ = anstream::stdout().write_all(text().as_bytes());
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(anstream::stderr(), "{}: {message}", "atlas-sync");
    ExitCode::from(code)
}
