//! The commands that stay: `serve`, the job in Paris, and `dev`, the local store.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::arguments::{DevArgs, ServeArgs};
use super::options::{protection, run_options};
use super::printing::print;
use super::secrets::{Access, Secrets, flaw};
use super::store::open_store;
use super::terminal::{PATIENCE, Terminal, unless_interrupted, until_interrupted};
use crate::dev::DevServer;
use crate::serve::{self, Keys, Service, SyncJob, Work, Worker};
use crate::sync::clock::{now, now_ms};
use crate::sync::net::listen;
use crate::sync::run::{RunOptions, Runner, SyncError, SystemTimer};
use crate::sync::source::built_in::BuiltInSource;
use crate::sync::store::{FileStore, StoreError};

pub async fn serve(args: &ServeArgs) -> Result<ExitCode, SyncError> {
    let _terminal = Terminal::start_unblocked(&args.run.publish.store.log)
        .map_err(|error| SyncError::Internal(format!("the thread for the log could not start: {error}")))?;
    let secrets = Secrets::of_process();
    let keys = keys(&secrets)?;
    let channel = args.notify.channel(&args.run.source)?;
    let writes = args.notify.writes(&args.run.publish.store.store, secrets.webhook_token.is_some())?;
    let store = open_store(&args.run.publish.store.store, &args.run.publish.store.access, Access::Write)?;
    let signing = args.run.publish.signing.open()?;
    let (source, database) = args.run.source.open(&args.run.access)?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|error| SyncError::Usage(listen::failure(args.listen, &error)))?;
    let interrupted = until_interrupted(serve::LONGEST_STOP);
    // With port 0 nothing else shows the address.
    if let Ok(address) = listener.local_addr() {
        let started = json!({ "listening": format!("http://{address}") });
        print(args.run.publish.store.json, &started, format_args!("listening on http://{address}\n"));
    }
    let worker = Worker::start()
        .map_err(|error| SyncError::Internal(format!("the thread for syncs could not start: {error}")))?;
    let (options, seen_version) = (run_options(&args.run), AtomicU64::default());
    let work = Arc::new(Work { source, store, options, signing, clock: now, seen_version });
    let service = Arc::new(Service::new(Box::new(SyncJob::new(worker, work)), writes));
    // Ends when it is dropped.
    let mut listening = JoinSet::new();
    if let Some((database, channel)) = database.zip(channel.cloned()) {
        listening.spawn(serve::listen(Arc::clone(&service), database, channel));
    }
    serve::serve(listener, service, keys, interrupted).await;
    Ok(ExitCode::SUCCESS)
}

fn keys(secrets: &Secrets) -> Result<Keys, SyncError> {
    let Some(admin) = &secrets.admin_key else {
        let message = "expected INTERNAL_ADMIN_KEY to be set in the environment; it is the key to the endpoints";
        return Err(SyncError::NotAllowed(message.to_owned()));
    };
    let given = [
        ("INTERNAL_ADMIN_KEY", Some(admin)),
        ("ATLAS_METRICS_TOKEN", secrets.metrics_token.as_ref()),
        ("ATLAS_WEBHOOK_TOKEN", secrets.webhook_token.as_ref()),
    ];
    let given: Vec<_> = given.iter().filter_map(|(name, secret)| Some((*name, (*secret)?))).collect();
    for (place, (name, secret)) in given.iter().enumerate() {
        if let Some(flaw) = flaw(secret) {
            return Err(SyncError::Usage(format!("expected {name} {flaw}")));
        }
        let is_same = |(_, other): &&(_, &SecretString)| other.expose_secret() == secret.expose_secret();
        if let Some((same, _)) = given.iter().take(place).find(is_same) {
            return Err(SyncError::Usage(format!(
                "{name} and {same} are the same: each must open one thing only; give each a value of its own"
            )));
        }
    }
    Ok(Keys::new(admin, secrets.metrics_token.as_ref(), secrets.webhook_token.as_ref()))
}

pub async fn dev(args: DevArgs) -> Result<ExitCode, SyncError> {
    let _terminal = Terminal::start(&args.log);
    // Before the sync: where another one listens already, the state file is probably its own.
    let server = DevServer::bind(args.listen, args.state.clone());
    let server = server.map_err(|error| SyncError::Usage(error.to_string()))?;
    let store = FileStore::new(&args.state, now_ms);
    if args.no_sync {
        // Damage may be repaired while the store is served; what is no file will not become one.
        if let Err(error @ StoreError::Io { .. }) = store.load() {
            return Err(SyncError::Unread(error));
        }
    } else {
        let source = match &args.source {
            Some(source) => source.open(&args.access)?.0,
            None => Box::new(BuiltInSource),
        };
        let protection = protection(&args.allow, args.max_bytes);
        let options = RunOptions { heartbeat_ms: 0, protection, deadline: args.deadline, ..RunOptions::default() };
        let signing = args.signing.open()?;
        let (store, options, signing, timer) = (&store, &options, &signing, &SystemTimer);
        let runner = Runner { store, options, signing, clock: &now, timer, progress: &|_| {} };
        let sync = async { runner.sync(source.as_ref()).await.map_err(|failure| failure.error) };
        unless_interrupted(sync, SyncError::Interrupted).await?;
    }
    let interrupted = until_interrupted(PATIENCE);
    announce(args.json, &server);
    server.serve(interrupted).await;
    Ok(ExitCode::SUCCESS)
}

fn announce(json: bool, server: &DevServer) {
    let listening = format!("http://{}", server.address());
    let (connection, inspector) = (server.connection_string(), server.inspector());
    let started = json!({ "listening": listening, "connectionString": connection, "inspector": inspector });
    let lines = format!("listening on {listening}\nconnection string {connection}\ninspector {inspector}\n");
    print(json, &started, lines);
}
