//! The command line of `atlas-sync`: the commands, their options, and the help text of each.
//!
//! It parses into types and does nothing else. Every option has an environment variable, every command an example.

#![expect(clippy::doc_markdown, reason = "doc comments here are the help text, as people type it")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};
use secrecy::SecretString;

use super::address::address;
use super::duration::{heartbeat, lasting};
use super::export::ExportArgs;
use super::keys::KeysCommand;
use super::log::LogArgs;
use super::notify::NotifyArgs;
use super::number::{bytes, version};
use super::signing::{SigningArgs, TrustArgs};
use super::source::{SourceAccess, SourceSpec, SourceSpecParser};
use super::store::{StoreAccess, StoreSpec};
use crate::sync::content::OnBadRow;
use crate::sync::plan::MAX_BYTES;

const AFTER_HELP: &str = "\
Exit codes:
  0    done, or nothing to do
  1    probe: serve does not answer; doctor: it found a problem
  2    wrong usage or configuration
  3    not allowed: a secret is missing, or a token is in quotes
  4    Michael could not be read, or the lock in his database was lost
  5    the snapshot was refused; restore: no backup may be published
  6    the store could not be read or written, or did not confirm the write; the message says what
       is known to stand
  7    what was read back is not what was written; the message says what stands now
  8    verify, export, release: the store holds no whole, verified snapshot; verify, export: also
       if it is not signed as --public-key demands; verify: also if it is expired or from the
       future
  70   a failure inside atlas-sync itself
  74   the result could not be written to standard output
  75   another run holds the lock
  130  interrupted by Ctrl-C, SIGTERM or SIGHUP

Switches in the environment take 1, true, yes, on and 0, false, no, off; an empty variable counts as not set.

These secrets are read from the environment only:
  INTERNAL_ADMIN_KEY       required by serve, and to publish to any store other than file:PATH
  ATLAS_EDGE_CONFIG_TOKEN  the Vercel API token that opens the store
  ATLAS_METRICS_TOKEN      serve: opens GET /healthz and GET /metrics, and nothing else
  ATLAS_WEBHOOK_TOKEN      serve: opens POST /edge-config, and nothing else

Publish to Vercel:
  INTERNAL_ADMIN_KEY=... ATLAS_EDGE_CONFIG_TOKEN=... atlas-sync sync --source file:rows \\
    --store vercel --edge-config-id ecfg_...

Try it on this machine, with nothing to configure:
  atlas-sync dev";

/// Publishes Michael's templates, schemas and plan hints as one checksummed snapshot that Venice reads at the edge.
///
/// A run reads Michael, builds the snapshot, compares it with the store, and writes what changed in one request, all
/// or nothing. A run that fails leaves a whole snapshot: the previous one, unless the message says otherwise.
#[derive(Debug, Parser)]
#[command(name = "atlas-sync", version, after_help = AFTER_HELP, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run once: read Michael, compare with the store, publish what changed, read it back.
    ///
    /// Example: atlas-sync sync --source file:rows --store file:store.json
    Sync(RunArgs),
    /// Show what a sync would change, without writing anything.
    ///
    /// Example: atlas-sync plan --source file:rows --store file:store.json
    Plan(RunArgs),
    /// Read the store and verify all of it, as a reader would. Exits with 8 if it is not valid.
    ///
    /// Example: atlas-sync verify --store file:store.json
    Verify(InspectArgs),
    /// Show the snapshot that stands: version, age, checksum, signatures, sizes, backups.
    ///
    /// Example: atlas-sync status --store file:store.json
    Status(InspectArgs),
    /// Publish an earlier snapshot's content as a new version, so that no reader takes it for a rollback.
    ///
    /// Without --backup, the latest valid backup that differs from the current snapshot is used. The restored snapshot is
    /// held: until `atlas-sync release`, a sync renews it and publishes nothing, and without --backup its content stays. Fix
    /// Michael's rows before you release it.
    /// If the store was restored in Vercel's dashboard, run `atlas-sync sync --min-version N` instead, with a version
    /// above the highest that readers have seen.
    ///
    /// Example: atlas-sync restore --store file:store.json --backup v3
    Restore(RestoreArgs),
    /// End the hold of a restore, so that the next sync publishes Michael's rows again.
    ///
    /// Example: atlas-sync release --store file:store.json
    Release(PublishArgs),
    /// Write the verified snapshot as one file, to be embedded in a deployment.
    ///
    /// A reader with `snapshot` answers from it before the store has answered. Exits with 8 if the store is not valid.
    ///
    /// Example: atlas-sync export --store vercel --out src/atlas-snapshot.mjs
    Export(ExportArgs),
    /// Make a signing key, or show the public half of one.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Check the whole setup, and say what is wrong and what to do about it. Exits with 1 if it finds a problem.
    ///
    /// It checks the rights and the row security of Michael's tables, poolers, triggers, clocks, the rows themselves, the
    /// API token by a read and by a write that changes nothing, the store's size, the signing key, the write quota, and
    /// the connection string that Venice has. Every check runs, whatever the others find. Nothing is changed anywhere.
    ///
    /// Example: atlas-sync doctor, with the environment of the job
    Doctor(DoctorArgs),
    /// Run as a service: a sync at the start, every hour, and soon after a refresh hint or a notification, with HTTP
    /// endpoints for Paris.
    ///
    /// PUT /edge-config runs a sync. POST /edge-config, for a database webhook, says that Michael has changed. POST
    /// /refresh-hint and /observe take the headers that Venice sends. GET /healthz and /metrics show the health and the
    /// metrics. /livez and /readyz are for an orchestrator, and need no key. All others require Authorization: Bearer with the
    /// INTERNAL_ADMIN_KEY, or with a token that opens that endpoint alone: ATLAS_METRICS_TOKEN for /healthz and
    /// /metrics, ATLAS_WEBHOOK_TOKEN for POST /edge-config.
    ///
    /// Example: INTERNAL_ADMIN_KEY=... atlas-sync serve --source file:rows --store file:store.json
    Serve(ServeArgs),
    /// Check that a `serve` on this machine answers. Exits with 1 if not. For a container's health check.
    ///
    /// Example: atlas-sync probe --listen 127.0.0.1:4610
    Probe {
        /// The address that `serve` listens on. For 0.0.0.0 or `::`, loopback is asked.
        #[arg(long, env = "ATLAS_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4610", value_parser = address)]
        listen: SocketAddr,
    },
    /// Serve a local store that the real Edge Config SDK and API clients can use, on loopback, with nothing to configure.
    ///
    /// Example: atlas-sync dev, then createClient("http://127.0.0.1:4600/ecfg_local?token=local")
    Dev(DevArgs),
    /// Print alerting rules for Prometheus on standard output; each names its threshold and says what to do.
    ///
    /// They use the metrics of `serve`. Give each store a scrape job of its own.
    ///
    /// Example: atlas-sync alerts > /etc/prometheus/atlas.yaml
    Alerts,
    /// Print a Grafana dashboard for the metrics of `serve` on standard output, for Grafana's import page.
    ///
    /// Example: atlas-sync dashboard > atlas.json
    Dashboard,
    /// Print a completion script for a shell on standard output.
    ///
    /// Example: atlas-sync completions bash > /etc/bash_completion.d/atlas-sync
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where Michael's rows are. file:DIR is a directory with one JSON file for each table. A database is
    /// `postgres://…`, `host=… dbname=…`, or just postgres with PGHOST, PGDATABASE, PGUSER, PGPASSWORD and the like, which
    /// also fill in what an address leaves out. supabase is its REST API. Set an address with a password in the
    /// environment rather than here.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: SourceSpec,
    #[command(flatten)]
    pub access: SourceAccess,
    #[command(flatten)]
    pub publish: PublishArgs,
    /// Renew checkedAt of an unchanged snapshot once it is this old, such as 90s, 30m or 6h; 0s renews it in every run.
    /// Readers refuse a snapshot after 13h, so leave room for at least one sync before that.
    #[arg(long, env = "ATLAS_HEARTBEAT", value_name = "DURATION", default_value = "6h", value_parser = heartbeat)]
    pub heartbeat: Duration,
    /// The lowest version that the store may have after the run. After a restore in Vercel's dashboard, give one above
    /// the highest that readers have seen.
    #[arg(long, env = "ATLAS_MIN_VERSION", value_name = "N", default_value_t = 0, value_parser = version)]
    pub min_version: u64,
    /// What to do with rows that cannot be published: refuse publishes nothing while there is one; quarantine leaves
    /// out their records, names each, and publishes the others.
    #[arg(long, env = "ATLAS_ON_BAD_ROW", value_name = "ACTION", value_enum, default_value_t = OnBadRow::Refuse)]
    pub on_bad_row: OnBadRow,
    #[command(flatten)]
    pub allow: AllowArgs,
}

/// What is published only if a person allows it.
#[derive(Debug, Args)]
pub struct AllowArgs {
    /// Publish even if a published schema version has changed.
    #[arg(long, env = "ATLAS_ALLOW_SCHEMA_CHANGE")]
    pub allow_schema_change: bool,
    /// Publish even if more than 30 % of the published records are gone.
    #[arg(long, env = "ATLAS_ALLOW_SHRINK")]
    pub allow_shrink: bool,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// The address to listen on.
    #[arg(long, env = "ATLAS_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4610", value_parser = address)]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub notify: NotifyArgs,
}

/// Options of `doctor`: those of `sync` and `serve`, of which none has to be there.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Where Michael's rows are, as for `sync`.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: Option<SourceSpec>,
    #[command(flatten)]
    pub access: SourceAccess,
    /// Where the snapshot goes, as for `sync`.
    #[arg(long, env = "ATLAS_STORE", value_name = "STORE")]
    pub store: Option<StoreSpec>,
    #[command(flatten)]
    pub store_access: StoreAccess,
    /// Venice's connection string, `https://edge-config.vercel.com/ecfg_...?token=...`. Better set in the environment, where
    /// no list of processes shows it.
    #[arg(long, env = "ATLAS_EDGE_CONFIG", value_name = "URL", hide_env_values = true)]
    pub edge_config: Option<SecretString>,
    #[command(flatten)]
    pub signing: SigningArgs,
    #[command(flatten)]
    pub notify: NotifyArgs,
    /// The --heartbeat of the job, whose writes count against the quota.
    #[arg(long, env = "ATLAS_HEARTBEAT", value_name = "DURATION", default_value = "6h", value_parser = heartbeat)]
    pub heartbeat: Duration,
    /// The --max-bytes of the job.
    #[arg(long, env = "ATLAS_MAX_BYTES", value_name = "BYTES", default_value_t = MAX_BYTES, value_parser = bytes)]
    pub max_bytes: u64,
    /// The --on-bad-row of the job.
    #[arg(long, env = "ATLAS_ON_BAD_ROW", value_name = "ACTION", value_enum, default_value_t = OnBadRow::Refuse)]
    pub on_bad_row: OnBadRow,
    /// How long the database and the store may take, each for all of its checks.
    #[arg(long, env = "ATLAS_DEADLINE", value_name = "DURATION", default_value = "60s", value_parser = lasting)]
    pub deadline: Duration,
    /// Check nothing: print the SQL that makes Michael's tables send notifications on the channel, atlas by default.
    #[arg(long, env = "ATLAS_DOCTOR_TRIGGERS")]
    pub triggers: bool,
    /// Write one JSON object to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON")]
    pub json: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub signing: SigningArgs,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    pub publish: PublishArgs,
    /// Publish the backup's content even if no key of this job, and no --public-key, has signed it.
    #[arg(long, env = "ATLAS_ALLOW_UNSIGNED")]
    pub allow_unsigned: bool,
    /// The id of the backup, as `atlas-sync status` shows it.
    #[arg(long, env = "ATLAS_BACKUP", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub backup: Option<String>,
    /// How long to hold the restored snapshot, such as 24h. By default it is held until `atlas-sync release`.
    #[arg(long, env = "ATLAS_HOLD", value_name = "DURATION", value_parser = lasting, conflicts_with = "no_hold")]
    pub hold: Option<Duration>,
    /// Do not hold the restored snapshot: the next sync publishes Michael's rows again.
    #[arg(long, env = "ATLAS_NO_HOLD")]
    pub no_hold: bool,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    #[command(flatten)]
    pub store: StoreArgs,
    #[command(flatten)]
    pub trust: TrustArgs,
}

#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Where the snapshot is: vercel, or file:PATH, the state file that `atlas-sync dev` serves.
    #[arg(long, env = "ATLAS_STORE", value_name = "STORE")]
    pub store: StoreSpec,
    #[command(flatten)]
    pub access: StoreAccess,
    /// How long the command, or each sync of serve, may take in total, retries and waits included, such as 60s.
    #[arg(long, env = "ATLAS_DEADLINE", value_name = "DURATION", default_value = "60s", value_parser = lasting)]
    pub deadline: Duration,
    /// The largest snapshot that may be published, in bytes of canonical UTF-8: the manifest and all entries.
    #[arg(long, env = "ATLAS_MAX_BYTES", value_name = "BYTES", default_value_t = MAX_BYTES, value_parser = bytes)]
    pub max_bytes: u64,
    /// Write one JSON object to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON")]
    pub json: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Args)]
pub struct DevArgs {
    /// The address to listen on. The local store has well-known tokens: keep it on loopback.
    #[arg(long, env = "ATLAS_DEV_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4600", value_parser = address)]
    pub listen: SocketAddr,
    /// The file that holds the store's state; it is created if it does not exist.
    #[arg(long, env = "ATLAS_DEV_STATE", value_name = "FILE", default_value = ".atlas/store.json")]
    pub state: PathBuf,
    /// Where Michael's rows are: file:DIR, `postgres://…`, `host=… dbname=…`, postgres with the PG* variables, or
    /// supabase. By default, the Phase 1 rows that are built into the program.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: Option<SourceSpec>,
    #[command(flatten)]
    pub access: SourceAccess,
    #[command(flatten)]
    pub signing: SigningArgs,
    #[command(flatten)]
    pub allow: AllowArgs,
    /// The largest snapshot that the sync at the start may publish, in bytes of canonical UTF-8: the manifest and all
    /// entries.
    #[arg(long, env = "ATLAS_MAX_BYTES", value_name = "BYTES", default_value_t = MAX_BYTES, value_parser = bytes)]
    pub max_bytes: u64,
    /// How long the sync at the start may take in total, retries and waits included, such as 60s.
    #[arg(long, env = "ATLAS_DEADLINE", value_name = "DURATION", default_value = "60s", value_parser = lasting)]
    pub deadline: Duration,
    /// Serve the state as it is, without a sync at the start.
    #[arg(long, env = "ATLAS_DEV_NO_SYNC")]
    pub no_sync: bool,
    /// Write one JSON object with the addresses to standard output at the start, for machines.
    #[arg(long, env = "ATLAS_JSON")]
    pub json: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    fn with_its_commands(command: &clap::Command) -> Vec<&clap::Command> {
        command.get_subcommands().flat_map(with_its_commands).chain([command]).collect()
    }

    #[test]
    fn every_option_has_a_variable() {
        let cli = Cli::command();
        let words = with_its_commands(&cli).into_iter().flat_map(clap::Command::get_arguments);
        let without: Vec<_> = words.filter(|word| word.get_env().is_none()).filter_map(clap::Arg::get_long).collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
