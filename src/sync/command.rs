//! From a parsed command line to its exit code: opens what was named, runs, prints. The rim of the writing side, and
//! the one place that reads the clock and the environment.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::CommandFactory;
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;

use super::cli::{Cli, Command, DevArgs, RestoreArgs, RunArgs, ServeArgs, StoreArgs};
use super::cycle::{self, Failure, RestoreHold, RunOptions, Runner};
use super::error::SyncError;
use super::guard::{Access, Secrets};
use super::output::{self, escaped};
use super::parse;
use super::protect::{Guarded, Protection};
use super::publish::Heartbeat;
use super::report::{ErrorReport, Report};
use super::retry::{Deadline, Patient, SystemTimer};
use super::serve::{self, Keys, Service, SyncJob, Worker};
use super::source::Source;
use super::source::built_in::BuiltInSource;
use super::source::spec::{SourceAccess, SourceSpec};
use super::status::{self, StatusReport, StoreFailure};
use super::store::{FileStore, Store, StoreSpec};
use super::terminal::{Terminal, told_to_stop};
use crate::dev;
use crate::domain::time::Timestamp;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match parse::command_line() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime could not start: {error}"), 70),
    };
    let code = runtime.block_on(run(cli.command));
    // What still waits on a thread of its own, such as for a name server, keeps nobody waiting.
    runtime.shutdown_timeout(Duration::from_millis(100));
    code
}

async fn run(command: Command) -> ExitCode {
    match command {
        Command::Sync(args) => sync(args, false).await,
        Command::Plan(args) => sync(args, true).await,
        Command::Verify(args) => verify(args).await,
        Command::Status(args) => status(args).await,
        Command::Restore(args) => restore(args).await,
        Command::Release(args) => release(args).await,
        Command::Serve(args) => serve(args).await,
        Command::Probe(args) => match serve::probe::live(args.listen) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => fail(&message, 1),
        },
        Command::Dev(args) => dev(args).await,
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "atlas-sync", &mut std::io::stdout());
            ExitCode::SUCCESS
        }
    }
}

async fn sync(args: RunArgs, dry: bool) -> ExitCode {
    let terminal = Terminal::start(&args.store.log);
    let access = if dry { Access::Read } else { Access::Write };
    let store = match open_store(&args.store, access) {
        Ok(store) => store,
        Err(error) => return over(&args.store, &terminal, Err(Failure::early(error))),
    };
    let options = RunOptions { dry, ..run_options(&args) };
    let source = match open_source(&args.source, &args.access) {
        Ok(source) => source,
        Err(error) => return over(&args.store, &terminal, Err(Failure::early(error))),
    };
    let timer = SystemTimer::default();
    let runner = Runner { store: store.as_ref(), options: &options, clock: &now, timer: &timer, progress: &terminal };
    let result = unless_stopped(runner.sync(source.as_ref())).await;
    over(&args.store, &terminal, result)
}

fn run_options(args: &RunArgs) -> RunOptions {
    let guarded = |allow| if allow { Guarded::DangerAllow } else { Guarded::Refuse };
    RunOptions {
        dry: false,
        heartbeat: Heartbeat { after_ms: args.heartbeat.ms },
        protection: Protection {
            schema_change: guarded(args.allow_schema_change),
            shrink: guarded(args.allow_shrink),
            max_bytes: args.store.max_bytes,
        },
        min_version: args.min_version,
        on_bad_row: args.on_bad_row,
        deadline: Duration::from_millis(args.store.deadline.ms),
        ..RunOptions::default()
    }
}

/// Syncs now and then, and answers over HTTP, until it is told to stop.
async fn serve(args: ServeArgs) -> ExitCode {
    let _terminal = Terminal::start(&args.run.store.log);
    let json = args.run.store.json;
    let refuse = |error: &SyncError| refuse_start(json, &error.to_string(), &ErrorReport::of(error), error.exit_code());
    let keys = match keys(&Secrets::from_environment(|name| std::env::var(name).ok())) {
        Ok(keys) => keys,
        Err(error) => return refuse(&error),
    };
    let store = match open_store(&args.run.store, Access::Write) {
        Ok(store) => store,
        Err(error) => return refuse(&error),
    };
    let source = match open_source(&args.run.source, &args.run.access) {
        Ok(source) => source,
        Err(error) => return refuse(&error),
    };
    let listener = match TcpListener::bind(args.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            let message = format!("could not listen on {}: {error}; choose another with --listen", args.listen);
            return refuse(&SyncError::Usage(message));
        }
    };
    // With port 0 this is how anybody knows the address.
    if let Ok(address) = listener.local_addr() {
        let started = json!({ "listening": format!("http://{address}") });
        print(json, &started, || format!("listening on http://{address}\n"));
    }
    let worker = match Worker::start() {
        Ok(worker) => worker,
        Err(error) => return fail(&format!("the thread of the syncs could not start: {error}"), 70),
    };
    let job = SyncJob::new(worker, source, store, run_options(&args.run), now);
    let service = Arc::new(Service::new(Box::new(job)));
    serve::serve(listener, service, keys, told_to_stop()).await;
    ExitCode::SUCCESS
}

/// The keys to the endpoints.
fn keys(secrets: &Secrets) -> Result<Keys, SyncError> {
    use secrecy::ExposeSecret;
    let Some(admin) = &secrets.admin_key else {
        let message = "expected INTERNAL_ADMIN_KEY to be set, found it is not; it is the key to the endpoints";
        return Err(SyncError::NotAllowed(message.to_owned()));
    };
    let metrics = secrets.metrics_token.as_ref();
    if metrics.is_some_and(|token| token.expose_secret() == admin.expose_secret()) {
        let message = "expected ATLAS_METRICS_TOKEN to be another than INTERNAL_ADMIN_KEY, found the same; the token \
                       that only looks must not open the rest";
        return Err(SyncError::Usage(message.to_owned()));
    }
    Ok(Keys::new(admin, metrics))
}

async fn restore(args: RestoreArgs) -> ExitCode {
    let terminal = Terminal::start(&args.store.log);
    let store = match open_store(&args.store, Access::Write) {
        Ok(store) => store,
        Err(error) => return over(&args.store, &terminal, Err(Failure::early(error))),
    };
    let protection = Protection { max_bytes: args.store.max_bytes, ..Protection::default() };
    let deadline = Duration::from_millis(args.store.deadline.ms);
    let restored = match args.hold {
        _ if args.no_hold => RestoreHold::No,
        Some(time) => RestoreHold::For(time.ms),
        None => RestoreHold::UntilReleased,
    };
    let options = RunOptions { protection, restored, deadline, ..RunOptions::default() };
    let timer = SystemTimer::default();
    let runner = Runner { store: store.as_ref(), options: &options, clock: &now, timer: &timer, progress: &terminal };
    let result = unless_stopped(runner.restore(args.backup.as_deref())).await;
    over(&args.store, &terminal, result)
}

async fn release(args: StoreArgs) -> ExitCode {
    let terminal = Terminal::start(&args.log);
    let store = match open_store(&args, Access::Write) {
        Ok(store) => store,
        Err(error) => return over(&args, &terminal, Err(Failure::early(error))),
    };
    let protection = Protection { max_bytes: args.max_bytes, ..Protection::default() };
    let deadline = Duration::from_millis(args.deadline.ms);
    let options = RunOptions { protection, deadline, ..RunOptions::default() };
    let timer = SystemTimer::default();
    let runner = Runner { store: store.as_ref(), options: &options, clock: &now, timer: &timer, progress: &terminal };
    let result = unless_stopped(runner.release()).await;
    over(&args, &terminal, result)
}

/// The run's result; or, if somebody stops it, that. Dropped at any point, a run leaves a whole snapshot behind.
async fn unless_stopped(run: impl Future<Output = Result<Report, Failure>>) -> Result<Report, Failure> {
    tokio::select! {
        biased;
        result = run => result,
        () = told_to_stop() => Err(Failure::early(SyncError::Interrupted)),
    }
}

/// Prints how a run ended.
fn over(args: &StoreArgs, terminal: &Terminal, result: Result<Report, Failure>) -> ExitCode {
    terminal.clear();
    let (report, code) = match result {
        Ok(report) => (report, ExitCode::SUCCESS),
        Err(failure) => (Report::failed(&failure, args.max_bytes), ExitCode::from(failure.error.exit_code())),
    };
    print(args.json, &report, || output::report(&report));
    code
}

async fn verify(args: StoreArgs) -> ExitCode {
    let terminal = Terminal::start(&args.log);
    let store = match open_store(&args, Access::Read) {
        Ok(store) => store,
        Err(error) => return looked_in_vain(&args, &terminal, None, &error),
    };
    let timer = SystemTimer::default();
    let patient = Patient::new(store.as_ref(), Deadline::after(&timer, Duration::from_millis(args.deadline.ms)));
    match cycle::verify(&patient, now()).await {
        Ok(current) => {
            let status = StatusReport::of(store.describe(), &current, now(), args.max_bytes);
            print(args.json, &status, || output::verdicts(&current.verdicts));
            ExitCode::SUCCESS
        }
        Err(error) => looked_in_vain(&args, &terminal, Some(store.describe()), &error),
    }
}

async fn status(args: StoreArgs) -> ExitCode {
    let terminal = Terminal::start(&args.log);
    let store = match open_store(&args, Access::Read) {
        Ok(store) => store,
        Err(error) => return looked_in_vain(&args, &terminal, None, &error),
    };
    let timer = SystemTimer::default();
    let patient = Patient::new(store.as_ref(), Deadline::after(&timer, Duration::from_millis(args.deadline.ms)));
    match status::read(&patient, store.describe(), &now, args.max_bytes).await {
        Ok(status) => {
            print(args.json, &status, || status::text(&status));
            ExitCode::SUCCESS
        }
        Err(error) => looked_in_vain(&args, &terminal, Some(store.describe()), &error),
    }
}

/// Prints why a store could not be looked at, or what is wrong with it.
fn looked_in_vain(args: &StoreArgs, terminal: &Terminal, store: Option<String>, error: &SyncError) -> ExitCode {
    terminal.clear();
    if args.json {
        print(true, &StoreFailure::of(store, error), String::new);
    }
    fail(&error.to_string(), error.exit_code())
}

/// Fills the local store from Michael's rows, and serves it.
async fn dev(args: DevArgs) -> ExitCode {
    let _terminal = Terminal::start(&args.log);
    let json = args.json;
    let refuse = |error: &SyncError| refuse_start(json, &error.to_string(), &ErrorReport::of(error), error.exit_code());
    if !args.no_sync {
        let built_in = || Ok(Box::new(BuiltInSource) as Box<dyn Source>);
        let source = match args.source.as_ref().map_or_else(built_in, |source| open_source(source, &args.access)) {
            Ok(source) => source,
            Err(error) => return refuse(&error),
        };
        let store = FileStore::new(&args.state, Arc::new(now_ms));
        let options = RunOptions { heartbeat: Heartbeat { after_ms: 0 }, ..RunOptions::default() };
        if let Err(error) = cycle::run(source.as_ref(), &store, &options, &now).await {
            return refuse(&error);
        }
    }
    let options = dev::DevOptions { listen: args.listen, reach: dev::Reach::LoopbackOnly, state: args.state };
    match dev::run(options, |server| announce(json, server)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&SyncError::Usage(error.to_string())),
    }
}

/// Says where the local store is. Whoever started it may not care for its output; that is no reason to end.
fn announce(json: bool, server: &dev::DevServer) {
    let listening = format!("http://{}", server.address());
    let (connection, inspector) = (server.connection_string(), server.inspector());
    let started = json!({ "listening": listening, "connectionString": connection, "inspector": inspector });
    print(json, &started, || {
        format!("listening on {listening}\nconnection string {connection}\ninspector {inspector}\n")
    });
}

/// Says why a server cannot start.
fn refuse_start(json: bool, message: &str, error: &ErrorReport, code: u8) -> ExitCode {
    if json {
        print(true, &json!({ "outcome": "failed", "error": error }), String::new);
    }
    fail(message, code)
}

/// Opens a source.
///
/// # Errors
///
/// [`SyncError::Usage`] when what was named cannot be a source.
pub fn open_source(spec: &SourceSpec, access: &SourceAccess) -> Result<Box<dyn Source>, SyncError> {
    spec.open(access).map_err(|error| SyncError::Usage(error.to_string()))
}

/// Opens a store, if the environment allows the access; first of all, so that without it nothing is read.
fn open_store(args: &StoreArgs, access: Access) -> Result<Box<dyn Store>, SyncError> {
    match &args.store {
        StoreSpec::File(path) => Ok(Box::new(FileStore::new(path, Arc::new(now_ms)))),
        StoreSpec::Vercel => {
            let secrets = Secrets::from_environment(|name| std::env::var(name).ok());
            let token = secrets.permit(access)?.clone();
            args.access.vercel(token).map_err(|error| SyncError::Usage(error.to_string()))
        }
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

/// Prints a result: one JSON object, or text for people. A closed pipe is the reader's choice, not an error.
fn print(json: bool, object: &impl Serialize, text: impl FnOnce() -> String) {
    if json {
        let line = serde_json::to_string(object).unwrap_or_default();
        let _ = writeln!(std::io::stdout(), "{line}");
    } else {
        let _ = anstream::stdout().write_all(text().as_bytes());
    }
    let _ = std::io::stdout().flush();
}

fn fail(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(anstream::stderr(), "atlas-sync: {}", escaped(message));
    ExitCode::from(code)
}
