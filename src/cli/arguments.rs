//! The command line of `atlas-sync`: what can be asked, with which options, and what each one means.
//!
//! It parses into types; it does nothing. Every option has an environment variable, and every help text an example.

#![expect(clippy::doc_markdown, reason = "doc comments here are the help text, as people type it")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;

use super::notify::NotifyArgs;
use super::source::{SourceAccess, SourceSpec, SourceSpecParser};
use super::store::{StoreAccess, StoreSpec};
use crate::domain::decide::freshness::DEFAULT_MAX_AGE_MS;
use crate::sync::content::OnBadRow;
use crate::sync::plan::MAX_BYTES;

const AFTER_HELP: &str = "\
Exit codes:
  0    done, or nothing to do
  1    probe: serve does not answer; doctor: something is wrong
  2    wrong usage or configuration
  3    not allowed: a secret or a right is missing
  4    Michael could not be read
  5    the snapshot was refused
  6    the store could not be read or written, or did not confirm the write; the message says what stands
  7    what was read back was not what was written; the message says what was put back
  8    verify: the store holds no whole, verified snapshot
  70   a failure inside atlas-sync itself
  75   another run holds the lock
  130  interrupted by Ctrl-C, SIGTERM or SIGHUP

Switches in the environment take 1, true, yes, on and 0, false, no, off; an empty variable counts as not set.

Secrets are read from the environment alone:
  INTERNAL_ADMIN_KEY       needed to publish to any store but a file: one
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
/// or nothing. If anything fails, the previous snapshot stands.
#[derive(Debug, Parser)]
#[command(name = "atlas-sync", version, after_help = AFTER_HELP, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run once: read Michael, compare with the store, publish what changed, read it back.
    ///
    /// Example: atlas-sync sync --source file:rows --store file:store.json
    Sync(RunArgs),
    /// Show what a sync would change, and write nothing.
    ///
    /// Example: atlas-sync plan --source file:rows --store file:store.json
    Plan(RunArgs),
    /// Read the store and verify all of it, as a reader would. Exits with 8 if it is not whole.
    ///
    /// Example: atlas-sync verify --store file:store.json
    Verify(StoreArgs),
    /// Show the snapshot that stands: version, age, checksum, sizes, backups.
    ///
    /// Example: atlas-sync status --store file:store.json
    Status(StoreArgs),
    /// Publish an earlier snapshot's content as a new version, so that no reader takes it for a rollback.
    ///
    /// Without --backup it takes the latest backup that is whole and differs from what stands. The snapshot is held: a
    /// sync renews it and publishes nothing, until `atlas-sync release`; mend Michael's rows first. For a store that was put back in Vercel's dashboard, run
    /// `atlas-sync sync --min-version N` with a version above the highest that readers have seen.
    ///
    /// Example: atlas-sync restore --store file:store.json --backup v3
    Restore(RestoreArgs),
    /// End the hold of a restore, so that the next sync publishes Michael's rows again.
    ///
    /// Example: atlas-sync release --store file:store.json
    Release(StoreArgs),
    /// Check the whole setup, and say what is wrong and what to do about it; exits with 1 if something is.
    ///
    /// It checks the rights and the row security of Michael's tables, poolers, triggers, clocks, the rows themselves, the
    /// API token by a read and by a write that changes nothing, the store's size, the write quota, and the connection
    /// string that Venice has. Every check runs, whatever the others find. Nothing is changed anywhere.
    ///
    /// Example: atlas-sync doctor, with the environment of the job
    Doctor(DoctorArgs),
    /// Run for long: a sync at the start and every hour, sooner after a refresh hint or a notification, and HTTP endpoints
    /// for Paris.
    ///
    /// PUT /edge-config runs a sync; POST /edge-config, for a database webhook, says that Michael has changed; POST
    /// /refresh-hint and /observe take what Venice says; GET /healthz and /metrics tell how Atlas is; /livez and /readyz
    /// are for an orchestrator. All but those two want Authorization: Bearer and the INTERNAL_ADMIN_KEY.
    ///
    /// Example: INTERNAL_ADMIN_KEY=... atlas-sync serve --source file:rows --store file:store.json
    Serve(ServeArgs),
    /// Ask a `serve` on this machine whether it lives; exits with 1 if not. For a container's health check.
    ///
    /// Example: atlas-sync probe --listen 127.0.0.1:4610
    Probe(ProbeArgs),
    /// Serve a local store on loopback that the real Edge Config SDK and API clients can use; nothing to configure.
    ///
    /// Example: atlas-sync dev, then createClient("http://127.0.0.1:4600/ecfg_local?token=local")
    Dev(DevArgs),
    /// Print alerting rules for Prometheus on standard output, with their thresholds and what to do at each.
    ///
    /// They are over the metrics of `serve`; give each store a scrape job of its own.
    ///
    /// Example: atlas-sync alerts > /etc/prometheus/atlas.yaml
    Alerts,
    /// Print a Grafana dashboard over the metrics of `serve` on standard output, for Grafana's import page.
    ///
    /// Example: atlas-sync dashboard > atlas.json
    Dashboard,
    /// Print the completion script of a shell on standard output.
    ///
    /// Example: atlas-sync completions bash > /etc/bash_completion.d/atlas-sync
    Completions(CompletionsArgs),
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell.
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Options of `sync` and `plan`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where Michael's rows are: file:DIR, a directory with one JSON file for each table; his database, as
    /// `postgres://…`, as `host=… dbname=…`, or as postgres alone with PGHOST, PGDATABASE, PGUSER, PGPASSWORD and the
    /// like set, which also fill in what an address leaves out; or supabase, for its REST API. An address with a
    /// password is better set in the environment.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: SourceSpec,
    #[command(flatten)]
    /// How the source is reached.
    pub access: SourceAccess,
    #[command(flatten)]
    /// Where the snapshot goes.
    pub store: StoreArgs,
    /// Renew checkedAt of an unchanged snapshot once it is this old, such as 90s, 30m, 6h; 0s renews it every time. Less
    /// than the 13h after which readers refuse it, by more than the time between two syncs.
    #[arg(long, env = "ATLAS_HEARTBEAT", value_name = "DURATION", default_value = "6h", value_parser = heartbeat)]
    pub heartbeat: Duration,
    /// The lowest version that may stand after the run: above the highest that readers have seen, for a store that was
    /// put back in Vercel's dashboard.
    #[arg(long, env = "ATLAS_MIN_VERSION", value_name = "N", default_value_t = 0)]
    pub min_version: u64,
    /// What becomes of rows that cannot be published: refuse publishes nothing while there is one; quarantine leaves
    /// their records out, names each, and publishes the others.
    #[arg(long, env = "ATLAS_ON_BAD_ROW", value_name = "WHAT", value_enum, default_value_t = OnBadRow::Refuse)]
    pub on_bad_row: OnBadRow,
    /// Publish although a published schema version changed in place.
    #[arg(long, env = "ATLAS_ALLOW_SCHEMA_CHANGE", value_parser = BoolishValueParser::new())]
    pub allow_schema_change: bool,
    /// Publish although more than 30 % of the published records are gone.
    #[arg(long, env = "ATLAS_ALLOW_SHRINK", value_parser = BoolishValueParser::new())]
    pub allow_shrink: bool,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    /// How each sync runs.
    pub run: RunArgs,
    /// The address to listen on.
    #[arg(long, env = "ATLAS_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4610")]
    pub listen: SocketAddr,
    #[command(flatten)]
    /// How it learns of changes.
    pub notify: NotifyArgs,
}

/// Options of `doctor`: those of `sync` and `serve`, of which none has to be there.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Where Michael's rows are, as for `sync`.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: Option<SourceSpec>,
    #[command(flatten)]
    /// How the source is reached.
    pub access: SourceAccess,
    /// Where the snapshot goes, as for `sync`.
    #[arg(long, env = "ATLAS_STORE", value_name = "STORE")]
    pub store: Option<StoreSpec>,
    #[command(flatten)]
    /// How to reach it.
    pub store_access: StoreAccess,
    /// Venice's connection string: https://edge-config.vercel.com/ecfg_...?token=... Better set in the environment, where
    /// no list of processes shows it.
    #[arg(long, env = "ATLAS_EDGE_CONFIG", value_name = "URL", hide_env_values = true)]
    pub edge_config: Option<SecretString>,
    #[command(flatten)]
    /// How the job learns of changes.
    pub notify: NotifyArgs,
    /// The --heartbeat of the job, whose writes count against the quota.
    #[arg(long, env = "ATLAS_HEARTBEAT", value_name = "DURATION", default_value = "6h", value_parser = heartbeat)]
    pub heartbeat: Duration,
    /// The --max-bytes of the job.
    #[arg(long, env = "ATLAS_MAX_BYTES", value_name = "BYTES", default_value_t = MAX_BYTES)]
    pub max_bytes: u64,
    /// The --on-bad-row of the job.
    #[arg(long, env = "ATLAS_ON_BAD_ROW", value_name = "WHAT", value_enum, default_value_t = OnBadRow::Refuse)]
    pub on_bad_row: OnBadRow,
    /// How long the database and the store may take, each for all of its checks.
    #[arg(long, env = "ATLAS_DEADLINE", value_name = "DURATION", default_value = "60s")]
    pub deadline: Duration,
    /// Check nothing: print the SQL that makes Michael's tables send notifications on the channel, atlas by default.
    #[arg(long, env = "ATLAS_DOCTOR_TRIGGERS", value_parser = BoolishValueParser::new())]
    pub triggers: bool,
    /// Write one JSON object to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON", value_parser = BoolishValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    /// How to log.
    pub log: LogArgs,
}

/// Options of `probe`.
#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// The address that `serve` listens on; where that is every address, loopback is asked.
    #[arg(long, env = "ATLAS_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4610")]
    pub listen: SocketAddr,
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    /// The store.
    pub store: StoreArgs,
    /// Which backup, by the id that `atlas-sync status` shows.
    #[arg(long, env = "ATLAS_BACKUP", value_name = "ID")]
    pub backup: Option<String>,
    /// Hold the restored snapshot for so long, such as 24h. Without it, a sync publishes nothing until
    /// `atlas-sync release`.
    #[arg(long, env = "ATLAS_HOLD", value_name = "DURATION", conflicts_with = "no_hold")]
    pub hold: Option<Duration>,
    /// Do not hold it: the next sync publishes Michael's rows again.
    #[arg(long, env = "ATLAS_NO_HOLD")]
    pub no_hold: bool,
}

/// Options that every command with a store has.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Where the snapshot is: vercel, or file:PATH, the state file that `atlas-sync dev` serves.
    #[arg(long, env = "ATLAS_STORE", value_name = "STORE")]
    pub store: StoreSpec,
    #[command(flatten)]
    /// How to reach it.
    pub access: StoreAccess,
    /// How long the command may take in all, tries and waits included, such as 60s.
    #[arg(long, env = "ATLAS_DEADLINE", value_name = "DURATION", default_value = "60s")]
    pub deadline: Duration,
    /// The most bytes that a snapshot may have: the manifest and all entries in canonical UTF-8.
    #[arg(long, env = "ATLAS_MAX_BYTES", value_name = "BYTES", default_value_t = MAX_BYTES)]
    pub max_bytes: u64,
    /// Write one JSON object to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON", value_parser = BoolishValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    /// How to log.
    pub log: LogArgs,
}

/// Options of `dev`.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// The address to listen on. The local store has well-known tokens: keep it on loopback.
    #[arg(long, env = "ATLAS_DEV_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4600")]
    pub listen: SocketAddr,
    /// The file that holds the store's state; made if it is not there.
    #[arg(long, env = "ATLAS_DEV_STATE", value_name = "FILE", default_value = ".atlas/store.json")]
    pub state: PathBuf,
    /// Where Michael's rows are: file:DIR, `postgres://…`, `host=… dbname=…`, postgres with the PG* variables, or
    /// supabase. Without it, the rows of Phase 1 that come with the program.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: Option<SourceSpec>,
    #[command(flatten)]
    /// How the source is reached.
    pub access: SourceAccess,
    /// Serve the state as it is, without a sync at the start.
    #[arg(long, env = "ATLAS_DEV_NO_SYNC", value_parser = BoolishValueParser::new())]
    pub no_sync: bool,
    /// Write one JSON object to standard output at the start, with the addresses.
    #[arg(long, env = "ATLAS_JSON", value_parser = BoolishValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    /// How to log.
    pub log: LogArgs,
}

/// How to log.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// How log lines on standard error look; auto is text on a terminal and JSON otherwise.
    #[arg(long, env = "ATLAS_LOG_FORMAT", value_name = "FORMAT", default_value = "auto")]
    pub log_format: LogFormat,
    /// Which log lines are written, such as info, debug, or atlas=debug.
    #[arg(long, env = "ATLAS_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,
}

/// A filter that selects log lines. A bare word must be a level: a misspelt one would silently select nothing.
fn log_filter(text: &str) -> Result<String, String> {
    let level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"].iter().any(|level| level.eq_ignore_ascii_case(word))
    };
    let directive = |part: &str| match part.split_once('=') {
        Some((target, wanted)) => !target.trim().is_empty() && level(wanted.trim()),
        None => level(part.trim()),
    };
    if text.split(',').all(directive) && EnvFilter::try_new(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err("expected off, error, warn, info, debug or trace, or a list such as warn,atlas=debug".to_owned())
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// A duration on the command line: a whole number and `ms`, `s`, `m` or `h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// In milliseconds.
    pub ms: u64,
}

/// A time for `--heartbeat`: a snapshot that is renewed later than readers accept it would be refused in between.
fn heartbeat(text: &str) -> Result<Duration, String> {
    let time: Duration = text.parse()?;
    if time.ms < DEFAULT_MAX_AGE_MS {
        return Ok(time);
    }
    Err(format!("expected less than 13h, after which readers refuse a snapshot that was not renewed, found {text}"))
}

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("expected a whole number with ms, s, m or h, such as 90s or 6h, found {text:?}");
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit: u64 = match &text[digits.len()..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(expected()),
        };
        let count: u64 = digits.parse().map_err(|_| expected())?;
        count.checked_mul(unit).map(|ms| Self { ms }).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_log_filter_is_levels_alone_or_of_targets() {
        for good in ["info", "DEBUG", "off", "warn,atlas=debug", "atlas::sync=trace, info"] {
            assert!(log_filter(good).is_ok(), "{good}");
        }
        for bad in ["", "verbose", "atlas", "info,", "atlas=loud", "=info", "info=debug=x"] {
            assert!(log_filter(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_heartbeat_comes_before_readers_refuse() {
        for (text, good) in [("0s", true), ("46799999ms", true), ("13h", false), ("24h", false), ("6", false)] {
            assert_eq!(heartbeat(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, ms) in [("0s", 0), ("250ms", 250), ("90s", 90_000), ("30m", 1_800_000), ("6h", 21_600_000)] {
            assert_eq!(text.parse(), Ok(Duration { ms }), "{text}");
        }
        for bad in ["", "6", "h", "-1s", "1.5h", "6 h", "6d", "99999999999999999999s"] {
            assert!(bad.parse::<Duration>().is_err(), "{bad}");
        }
    }
}
