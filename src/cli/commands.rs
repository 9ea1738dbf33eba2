//! Runs a parsed command line: opens the source and the store, runs, prints, and gives the exit code.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::CommandFactory;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::arguments::{Cli, Command, DoctorArgs, InspectArgs, PublishArgs, RunArgs};
use super::bug::{BUG, end_at_a_panic};
use super::doctor;
use super::export::{self, ExportArgs, Exported};
use super::keys::{self, KeysCommand, ShownKeys};
use super::operators;
use super::options::{guarded, hold, run_options, store_options};
use super::output;
use super::parse;
use super::printing::{fail, print, print_json, print_raw};
use super::secrets::Access;
use super::services::{dev, serve};
use super::status::{self, StatusReport, StoreFailure};
use super::store::open_store;
use super::terminal::{Terminal, catch_file_size_signal, unless_interrupted};
use crate::serve::probe;
use crate::sync::clock::now;
use crate::sync::run::{
    BUILD_STACK, Deadline, ErrorReport, Report, RetryingStore, RunFailure, RunOptions, Runner, SyncError, SystemTimer,
    items, verify,
};
use crate::sync::signature::Trust;

pub fn main() -> ExitCode {
    end_at_a_panic();
    let cli = match parse::command_line() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().thread_stack_size(BUILD_STACK).build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime could not start: {error}"), BUG),
    };
    {
        let _entered = runtime.enter();
        catch_file_size_signal();
    }
    let code = runtime.block_on(execute(cli.command));
    // Do not wait for blocking work that is still under way, such as a name lookup.
    runtime.shutdown_timeout(Duration::from_millis(100));
    code
}

async fn execute(command: Command) -> ExitCode {
    match command {
        Command::Sync(args) => sync(&args, Access::Write, run_options(&args)).await,
        Command::Plan(args) => sync(&args, Access::Read, RunOptions { dry: true, ..run_options(&args) }).await,
        Command::Restore(args) => {
            let unsigned_backup = guarded(args.allow_unsigned);
            let options = RunOptions { restored: hold(&args), unsigned_backup, ..store_options(&args.publish.store) };
            let restore = async |runner: Runner<'_>| runner.restore(args.backup.as_deref()).await;
            publish(&args.publish, Access::Write, options, restore).await
        }
        Command::Release(args) => {
            let release = async |runner: Runner<'_>| runner.release().await;
            publish(&args, Access::Write, store_options(&args.store), release).await
        }
        Command::Verify(args) => {
            let verdicts = async |store: &RetryingStore<'_>, name, trust: Option<Trust>| {
                let stored = verify(store, now(), trust.as_ref()).await?;
                let status = StatusReport::of(name, &stored, now(), args.store.max_bytes, trust.as_ref());
                let text = format!("{}{}", output::verdicts(&stored.verdicts), status::signers(&status));
                Ok((status, text))
            };
            inspect(&args, verdicts).await
        }
        Command::Status(args) => {
            let status = async |store: &RetryingStore<'_>, name, trust: Option<Trust>| {
                let status = status::read(store, name, &now, args.store.max_bytes, trust.as_ref()).await?;
                let text = status::text(&status).to_string();
                Ok((status, text))
            };
            inspect(&args, status).await
        }
        Command::Export(args) => match export(&args).await {
            Ok(exported) if args.out.is_none() => print_raw(exported.text.as_bytes()),
            exported => done(args.json, exported),
        },
        Command::Keys(KeysCommand::New(args)) => match &args.out {
            Some(path) => done(args.json, keys::new_file(path)),
            None if args.json => ended(true, Err(no_file("ATLAS_KEYS_OUT", "key"))),
            None => ended(false, keys::new().map(|(pem, shown)| print_key(&pem, &shown))),
        },
        Command::Keys(KeysCommand::Show(args)) => done(args.json, keys::show(&args)),
        Command::Doctor(args) if args.triggers => print_raw(doctor::triggers(&args).as_bytes()),
        Command::Doctor(args) => diagnose(&args).await,
        Command::Serve(args) => ended(args.run.publish.store.json, serve(&args).await),
        Command::Probe { listen } => match probe::check_livez(listen) {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => fail(&message, 1),
        },
        Command::Dev(args) => ended(args.json, dev(args).await),
        Command::Alerts => print_raw(operators::ALERTS.as_bytes()),
        Command::Dashboard => print_raw(operators::DASHBOARD.as_bytes()),
        Command::Completions { shell } => {
            // To a buffer: the library panics where it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "atlas-sync", &mut script);
            print_raw(&script)
        }
    }
}

/// Prints a private key alone to standard output, and then its public half to standard error.
fn print_key(pem: &SecretString, shown: &ShownKeys) -> ExitCode {
    let code = print_raw(pem.expose_secret().as_bytes());
    if code == ExitCode::SUCCESS {
        let _ = write!(anstream::stderr(), "{shown}");
    }
    code
}

async fn sync(args: &RunArgs, access: Access, options: RunOptions) -> ExitCode {
    let sync = async |runner: Runner<'_>| {
        let (source, _) = args.source.open(&args.access)?;
        runner.sync(source.as_ref()).await
    };
    publish(&args.publish, access, options, sync).await
}

/// Does one run and prints its report. A signal drops the run, which leaves a whole snapshot behind at any point.
async fn publish(
    PublishArgs { store: args, signing }: &PublishArgs,
    access: Access,
    options: RunOptions,
    work: impl AsyncFnOnce(Runner<'_>) -> Result<Report, RunFailure>,
) -> ExitCode {
    let terminal = Terminal::start(&args.log);
    // Before signals are caught: a key may come through a pipe that nobody writes to, and a signal has to end that wait.
    let opened = open_store(&args.store, &args.access, access).and_then(|store| Ok((store, signing.open()?)));
    let run = async {
        let (store, signing) = opened?;
        let (store, signing, progress) = (store.as_ref(), &signing, &|step| terminal.show(step));
        work(Runner { store, options: &options, signing, clock: &now, timer: &SystemTimer, progress }).await
    };
    let interrupted = if options.dry { SyncError::ReadingInterrupted } else { SyncError::Interrupted };
    let result = unless_interrupted(run, interrupted).await;
    terminal.clear();
    let show = |report: &Report| print(args.json, report, output::report(report));
    match result {
        Ok(report) => show(&report),
        Err(failure) => {
            show(&Report::failed(&failure, args.max_bytes));
            ExitCode::from(failure.error.exit_code())
        }
    }
}

/// Reads a store and prints its status, or why it cannot be read or does not verify.
async fn inspect(
    args: &InspectArgs,
    read: impl AsyncFnOnce(&RetryingStore<'_>, String, Option<Trust>) -> Result<(StatusReport, String), SyncError>,
) -> ExitCode {
    let InspectArgs { store: args, trust } = args;
    let terminal = Terminal::start(&args.log);
    let mut name = None;
    // Before signals are caught, as in `publish`.
    let trust = trust.open();
    let status = async {
        let trust = trust?;
        let store = open_store(&args.store, &args.access, Access::Read)?;
        let deadline = Deadline::after(&SystemTimer, args.deadline);
        read(&RetryingStore::new(store.as_ref(), deadline), name.insert(store.describe()).clone(), trust).await
    };
    let result = unless_interrupted(status, SyncError::ReadingInterrupted).await;
    terminal.clear();
    match result {
        Ok((status, text)) => print(args.json, &status, text),
        Err(error) => {
            if args.json {
                print_json(&StoreFailure::of(name, &error));
            }
            fail(&error.to_string(), error.exit_code())
        }
    }
}

async fn diagnose(args: &DoctorArgs) -> ExitCode {
    let terminal = Terminal::start(&args.log);
    // Before signals are caught, as in `publish`.
    let setup = doctor::setup(args);
    let examine = async { Ok(doctor::examine(args, &setup).await) };
    let diagnosis = unless_interrupted(examine, SyncError::ReadingInterrupted).await;
    terminal.clear();
    let result = diagnosis.map(|diagnosis| {
        let code = print(args.json, &diagnosis, output::diagnosis(&diagnosis));
        if diagnosis.problems == 0 { code } else { ExitCode::from(1) }
    });
    ended(args.json, result)
}

/// Without a file standard output is no place for a report. Whoever set `ATLAS_JSON` for every command did not ask for one.
fn no_file(variable: &str, what: &str) -> SyncError {
    SyncError::Usage(format!(
        "expected --out or {variable} with --json or ATLAS_JSON, found neither: without a file the {what} itself is written \
         to standard output"
    ))
}

async fn export(args: &ExportArgs) -> Result<Exported, SyncError> {
    if args.json && args.out.is_none() {
        return Err(no_file("ATLAS_EXPORT_OUT", "snapshot"));
    }
    let trust = args.trust.open()?;
    let items = match (&args.from, &args.store) {
        (Some(path), _) => export::items_of(path)?,
        (None, Some(store)) => {
            let _terminal = Terminal::start(&args.log);
            let opened = open_store(store, &args.access, Access::Read)?;
            let deadline = Deadline::after(&SystemTimer, args.deadline);
            let store = RetryingStore::new(opened.as_ref(), deadline);
            unless_interrupted(items(&store), SyncError::ReadingInterrupted).await?
        }
        (None, None) => return Err(SyncError::Usage("expected --store or --from, found neither".to_owned())),
    };
    export::export(args, items, trust.as_ref())
}

fn done(json: bool, result: Result<impl Serialize + Display, SyncError>) -> ExitCode {
    ended(json, result.map(|result| print(json, &result, &result)))
}

fn ended(json: bool, result: Result<ExitCode, SyncError>) -> ExitCode {
    let error = match result {
        Ok(code) => return code,
        Err(error) => error,
    };
    if json {
        print_json(&json!({ "outcome": "failed", "error": ErrorReport::of(&error) }));
    }
    fail(&error.to_string(), error.exit_code())
}
