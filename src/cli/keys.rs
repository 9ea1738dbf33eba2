//! `atlas-sync keys`: makes a signing key, and shows a key's public half and its id.

use std::fmt::{self, Display};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::output::DIM;
use super::signing::public_halves;
use crate::sync::run::SyncError;
use crate::sync::signature::{PublicKey, SigningKey};

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key that signs manifests, as PKCS#8 PEM on standard output or in a new file.
    ///
    /// Example: atlas-sync keys new --out atlas-signing-key.pem
    New(NewArgs),
    /// Show the public key and the id of a signing key, or of a public key. Nothing secret is shown.
    ///
    /// Example: atlas-sync keys show atlas-signing-key.pem
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// The file to write, readable by you alone; one that exists is never replaced.
    #[arg(long, env = "ATLAS_KEYS_OUT", value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write one JSON object to standard output, for machines. Needs --out, so that the key itself is not part of it.
    #[arg(long, env = "ATLAS_JSON")]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A private key (a file, or PEM in the environment), or a public key (base64url, PEM, or a file).
    #[arg(
        env = "ATLAS_SIGNING_KEY",
        value_name = "KEY|FILE",
        hide_env_values = true,
        value_delimiter = ',',
        required = true
    )]
    pub key: Vec<SecretString>,
    /// Write one JSON object to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON")]
    pub json: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownKey {
    pub id: String,
    /// The 32 bytes as base64url.
    pub public_key: String,
    pub pem: String,
}

#[derive(Debug, Serialize)]
pub struct ShownKeys {
    pub keys: Vec<ShownKey>,
}

impl ShownKeys {
    fn of(keys: &[PublicKey]) -> Self {
        let shown = |key: &PublicKey| ShownKey { id: key.id(), public_key: key.to_base64url(), pem: key.to_pem() };
        Self { keys: keys.iter().map(shown).collect() }
    }
}

/// A new private key in PEM, and its public half.
pub fn new() -> Result<(SecretString, ShownKeys), SyncError> {
    let key = SigningKey::generate().map_err(|error| SyncError::Internal(error.to_string()))?;
    Ok((key.to_pem(), ShownKeys::of(&[key.public()])))
}

/// Writes a new private key to a file that did not exist, for its owner alone.
pub fn new_file(path: &Path) -> Result<ShownKeys, SyncError> {
    let (pem, shown) = new()?;
    let failed = |error: io::Error| {
        let hint = if error.kind() == io::ErrorKind::AlreadyExists { "; a key is never replaced" } else { "" };
        SyncError::Usage(format!("the key could not be written to {}: {error}{hint}", path.display()))
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    let written = file.write_all(pem.expose_secret().as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // Half a key would keep the next one from being written there.
        let _ = fs::remove_file(path);
        failed(error)
    })?;
    Ok(shown)
}

/// The public halves of the keys that are given.
pub fn show(args: &ShowArgs) -> Result<ShownKeys, SyncError> {
    let mut keys = Vec::new();
    for value in &args.key {
        keys.extend(public_halves(value)?);
    }
    Ok(ShownKeys::of(&keys))
}

impl Display for ShownKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.keys.iter().try_for_each(|key| {
            writeln!(out, "{DIM}id        {DIM:#} {}", key.id)?;
            writeln!(out, "{DIM}public key{DIM:#} {}", key.public_key)?;
            write!(out, "{}", key.pem)
        })
    }
}
