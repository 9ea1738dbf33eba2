//! The command line of `atlas-sync`: what can be asked, with which options, and what each one means.
//!
//! It parses into types; it does nothing. Every option has an environment variable, and every help text an example.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::source::spec::{SourceAccess, SourceSpec, SourceSpecParser};

const AFTER_HELP: &str = "\
Exit codes:
  0  done, or nothing to do          6  the store failed; the previous snapshot stands
  2  wrong usage or configuration    7  what was read back was wrong
  4  Michael could not be read       8  verify: the store holds no whole, verified snapshot
  5  the snapshot was refused        75  another run holds the lock

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
    /// Show the snapshot that stands: version, age, checksum, sizes.
    ///
    /// Example: atlas-sync status --store file:store.json
    Status(StoreArgs),
    /// Serve a local store on loopback that the real Edge Config SDK and API clients can use; nothing to configure.
    ///
    /// Example: atlas-sync dev, then createClient("http://127.0.0.1:4600/ecfg_local?token=local")
    Dev(DevArgs),
}

/// Options of `sync` and `plan`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where Michael's rows are: file:DIR, a directory with one JSON file for each table; `postgres://…`, the address of
    /// his database; or supabase, for its REST API. An address with a password is better set in the environment.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: SourceSpec,
    #[command(flatten)]
    /// How the source is reached.
    pub access: SourceAccess,
    #[command(flatten)]
    /// Where the snapshot goes.
    pub store: StoreArgs,
    /// Renew checkedAt of an unchanged snapshot once it is this old, such as 90s, 30m, 6h; 0s renews it every time.
    #[arg(long, env = "ATLAS_HEARTBEAT", value_name = "DURATION", default_value = "6h")]
    pub heartbeat: Duration,
}

/// Options that every command with a store has.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Where the snapshot is: file:PATH, the state file that `atlas-sync dev` serves.
    #[arg(long, env = "ATLAS_STORE", value_name = "STORE")]
    pub store: StoreSpec,
    /// Write one JSON object to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON")]
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
    /// Where Michael's rows are: file:DIR, `postgres://…` or supabase. Without it, the rows of Phase 1 that come with the
    /// program.
    #[arg(long, env = "ATLAS_SOURCE", value_name = "SOURCE", hide_env_values = true, value_parser = SourceSpecParser)]
    pub source: Option<SourceSpec>,
    #[command(flatten)]
    /// How the source is reached.
    pub access: SourceAccess,
    /// Serve the state as it is, without a sync at the start.
    #[arg(long, env = "ATLAS_DEV_NO_SYNC")]
    pub no_sync: bool,
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
    #[arg(long, env = "ATLAS_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
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

/// Where the snapshot is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSpec {
    /// The state file of a local store.
    File(PathBuf),
}

impl FromStr for StoreSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some(path) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err("expected file:PATH, the state file of a local store".to_owned()),
        }
    }
}

/// A duration on the command line: a whole number and `ms`, `s`, `m` or `h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duration {
    /// In milliseconds.
    pub ms: u64,
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
    fn durations_have_a_unit() {
        for (text, ms) in [("0s", 0), ("250ms", 250), ("90s", 90_000), ("30m", 1_800_000), ("6h", 21_600_000)] {
            assert_eq!(text.parse(), Ok(Duration { ms }), "{text}");
        }
        for bad in ["", "6", "h", "-1s", "1.5h", "6 h", "6d", "99999999999999999999s"] {
            assert!(bad.parse::<Duration>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_place_says_what_kind_it_is() {
        assert_eq!("file:store.json".parse(), Ok(StoreSpec::File("store.json".into())));
        assert!("file:".parse::<StoreSpec>().is_err());
    }
}
