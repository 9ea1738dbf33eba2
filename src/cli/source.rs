//! Which source to read, and how to reach it.
//!
//! An address may hold a password, so it is a secret from the moment it is read. No error shows it, not even one of
//! `clap`, which would print the value.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Args, Command};
use secrecy::{ExposeSecret, SecretString};

use crate::sync::run::SyncError;
use crate::sync::source::file::FileSource;
use crate::sync::source::postgres::PostgresSource;
use crate::sync::source::supabase::SupabaseSource;
use crate::sync::source::{Source, SourceError};

const EXPECTED: &str = "expected file:DIR, a directory with one JSON file for each of Michael's tables; postgres://…, \
                        the address of his database, or host=… dbname=…, or postgres with PGHOST and the like set; or \
                        supabase, for its REST API";

#[derive(Debug, Clone)]
pub enum SourceSpec {
    /// A directory with one JSON file for each table.
    File(PathBuf),
    Postgres(SecretString),
    Supabase,
}

impl FromStr for SourceSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => Ok(Self::Postgres(text.into())),
            None if text == "supabase" => Ok(Self::Supabase),
            None if matches!(text, "postgres" | "postgresql") => Ok(Self::Postgres(text.into())),
            _ if is_keywords(text) => Ok(Self::Postgres(text.into())),
            _ => Err(EXPECTED.to_owned()),
        }
    }
}

/// Whether a text begins like `host=… dbname=…`.
fn is_keywords(text: &str) -> bool {
    let name = text.split_once('=').map_or("", |(name, _)| name.trim());
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Parses a [`SourceSpec`] for `clap`, with an error that does not show the value.
#[derive(Debug, Clone, Copy)]
pub struct SourceSpecParser;

impl TypedValueParser for SourceSpecParser {
    type Value = SourceSpec;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<SourceSpec, clap::Error> {
        let parsed = value.to_str().ok_or_else(|| EXPECTED.to_owned()).and_then(str::parse);
        parsed.map_err(|message| {
            let mut error =
                clap::Error::raw(ErrorKind::ValueValidation, format!("--source: {message}\n")).with_cmd(command);
            // By this the variable is found that the value comes from.
            error.insert(ContextKind::InvalidArg, ContextValue::String("--source".to_owned()));
            error
        })
    }
}

#[derive(Debug, Clone, Default, Args)]
pub struct SourceAccess {
    /// A file with the CA certificates (PEM) to trust for the server of --source, in place of this machine's roots.
    /// Supabase's databases need the certificate from its dashboard.
    #[arg(long, env = "ATLAS_SOURCE_CA_FILE", value_name = "FILE")]
    pub source_ca_file: Option<PathBuf>,
    /// With --source supabase: the project's address, such as `https://abcdefgh.supabase.co`.
    #[arg(long, env = "SUPABASE_URL", value_name = "URL")]
    pub supabase_url: Option<String>,
    /// With --source supabase: a key that may read the tables. Set it in the environment rather than here, where any list
    /// of processes shows it.
    #[arg(long, env = "SUPABASE_SERVICE_ROLE_KEY", value_name = "KEY", hide_env_values = true)]
    pub supabase_service_role_key: Option<SecretString>,
}

impl SourceSpec {
    /// Opens the source, and gives Michael's database too, if the source is one. Reads nothing from another machine.
    pub fn open(&self, access: &SourceAccess) -> Result<(Box<dyn Source>, Option<PostgresSource>), SyncError> {
        let ca_file = access.source_ca_file.as_deref();
        let usage = |error: SourceError| SyncError::Usage(error.to_string());
        Ok(match self {
            Self::File(directory) => (Box::new(FileSource::new(directory)), None),
            Self::Postgres(url) => {
                let database = PostgresSource::new(url, ca_file).map_err(usage)?;
                (Box::new(database.clone()), Some(database))
            }
            Self::Supabase => {
                let url = access.supabase_url.as_deref().unwrap_or_default();
                // A key read from a file ends with a line break, which is not part of it.
                let key = access.supabase_service_role_key.as_ref().map(ExposeSecret::expose_secret);
                let key = SecretString::from(key.unwrap_or_default().trim_end_matches(['\r', '\n']));
                (Box::new(SupabaseSource::new(url, &key, ca_file).map_err(usage)?), None)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_what_kind_it_is() {
        assert!(matches!("file:rows".parse(), Ok(SourceSpec::File(path)) if path.as_os_str() == "rows"));
        assert!(matches!("postgres://u@h/d".parse(), Ok(SourceSpec::Postgres(_))));
        assert!(matches!("postgresql://u@h/d".parse(), Ok(SourceSpec::Postgres(_))));
        assert!(matches!("supabase".parse(), Ok(SourceSpec::Supabase)));
        for keywords in ["host=h dbname=d", "dbname = d", "postgres", "postgresql"] {
            assert!(matches!(keywords.parse(), Ok(SourceSpec::Postgres(_))), "{keywords}");
        }
        for bad in [
            "",
            "rows",
            "=x",
            "postgress://h/d?a=b",
            "file:",
            "postgres:",
            "postgress://u:s3cr3t@h/d",
            "supabase:x",
            "http://h",
        ] {
            assert_eq!(bad.parse::<SourceSpec>().unwrap_err(), EXPECTED, "{bad}");
        }
    }

    #[test]
    fn the_command_line_never_shows_an_address() {
        #[derive(Debug, clap::Parser)]
        struct Line {
            #[arg(long, value_parser = SourceSpecParser)]
            source: SourceSpec,
            #[command(flatten)]
            access: SourceAccess,
        }
        let parse = |line: &[&str]| <Line as clap::Parser>::try_parse_from(line);
        let wrong = parse(&["x", "--source", "postgress://u:s3cr3t@h/d"]).unwrap_err().to_string();
        assert!(wrong.starts_with("error: --source: expected file:DIR"), "{wrong}");
        assert!(!wrong.contains("s3cr3t"), "{wrong}");
        let key = ["--supabase-service-role-key", "s3cr3t"];
        let good = parse(&[&["x", "--source", "postgres://u:s3cr3t@h/d"][..], &key].concat()).unwrap();
        assert!(!format!("{good:?}").contains("s3cr3t"), "{good:?}");
        assert!(matches!(good.source, SourceSpec::Postgres(_)) && good.access.supabase_service_role_key.is_some());
    }
}
