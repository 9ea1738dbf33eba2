//! The keys on the command line: what signs, and whose signatures count.
//!
//! A value is a key, or a file that holds one. Whatever is given may be a private key in the wrong place, so no value is
//! ever shown.

use std::io;
use std::path::Path;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::number::count;
use crate::sync::files;
use crate::sync::run::SyncError;
use crate::sync::signature::{KeyError, PublicKey, SignCommand, Signing, SigningKey, Trust, is_pem};

/// Room for hundreds of keys.
const MOST_BYTES: usize = 1_000_000;

#[derive(Debug, Clone, Default, Args)]
pub struct SigningArgs {
    /// The key that signs every manifest: PKCS#8 PEM, or a file that holds it. Give the PEM itself in the environment only,
    /// where no list of processes shows it. Repeat it, or use commas, to sign with two keys during a rotation.
    // PEM begins with a hyphen, and what is taken for an unknown option is shown in the error.
    #[arg(
        long,
        env = "ATLAS_SIGNING_KEY",
        value_name = "PEM|FILE",
        hide_env_values = true,
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub signing_key: Vec<SecretString>,
    /// A program that signs, and its arguments, separated by spaces (no shell): it gets the bytes on standard input, and
    /// prints the signature as base64url or base64, or as JSON { "keyId", "signature" }, within 20 s.
    #[arg(long, env = "ATLAS_SIGN_COMMAND", value_name = "COMMAND", hide_env_values = true)]
    pub sign_command: Option<SecretString>,
    /// The public key of --sign-command: what it prints is verified before it is published.
    #[arg(
        long,
        env = "ATLAS_SIGN_COMMAND_KEY",
        value_name = "KEY|FILE",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub sign_command_key: Option<SecretString>,
    #[command(flatten)]
    pub trusted: PublicKeyArgs,
}

#[derive(Debug, Clone, Default, Args)]
pub struct PublicKeyArgs {
    /// A public key whose signatures count: base64url of its 32 bytes, PEM, or a file that holds one of them. Repeat it, or
    /// use commas, for several.
    #[arg(
        long,
        env = "ATLAS_PUBLIC_KEY",
        value_name = "KEY|FILE",
        hide_env_values = true,
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub public_key: Vec<SecretString>,
}

#[derive(Debug, Clone, Default, Args)]
pub struct TrustArgs {
    #[command(flatten)]
    pub keys: PublicKeyArgs,
    /// How many of the public keys must have signed.
    #[arg(long, env = "ATLAS_SIGNATURES_REQUIRED", value_name = "N", default_value_t = 1, value_parser = count)]
    pub signatures_required: usize,
}

impl SigningArgs {
    pub fn open(&self) -> Result<Signing, SyncError> {
        let mut keys = Vec::new();
        for value in &self.signing_key {
            keys.extend(signing_keys("ATLAS_SIGNING_KEY", value)?);
        }
        let command = match (&self.sign_command, &self.sign_command_key) {
            (None, None) => None,
            (Some(command), Some(key)) => {
                let key = public_key("ATLAS_SIGN_COMMAND_KEY", key)?;
                Some(
                    SignCommand::new(command.expose_secret(), key)
                        .map_err(|error| usage("ATLAS_SIGN_COMMAND", &error))?,
                )
            }
            (Some(_), None) => {
                return Err(SyncError::Usage(
                    "expected ATLAS_SIGN_COMMAND_KEY or --sign-command-key with --sign-command, found neither; it is the \
                     public key of what the command signs with"
                        .to_owned(),
                ));
            }
            (None, Some(_)) => {
                return Err(SyncError::Usage(
                    "expected ATLAS_SIGN_COMMAND or --sign-command with --sign-command-key, found neither".to_owned(),
                ));
            }
        };
        Signing::new(keys, command, self.trusted.open()?).map_err(|error| usage("ATLAS_SIGNING_KEY", &error))
    }
}

impl PublicKeyArgs {
    pub fn open(&self) -> Result<Vec<PublicKey>, SyncError> {
        self.public_key.iter().map(|value| public_key("ATLAS_PUBLIC_KEY", value)).collect()
    }
}

impl TrustArgs {
    /// Whom to trust; `None` if no public key is given.
    pub fn open(&self) -> Result<Option<Trust>, SyncError> {
        let keys = self.keys.open()?;
        if keys.is_empty() {
            return match self.signatures_required {
                1 => Ok(None),
                _ => Err(SyncError::Usage(
                    "expected ATLAS_PUBLIC_KEY or --public-key with --signatures-required, found neither".to_owned(),
                )),
            };
        }
        let trust = Trust::new(&keys, self.signatures_required);
        trust.map(Some).map_err(|error| usage("ATLAS_SIGNATURES_REQUIRED", &error))
    }
}

/// The private keys in a PEM text, or in a file.
fn signing_keys(name: &str, value: &SecretString) -> Result<Vec<SigningKey>, SyncError> {
    let text = held(value).map_err(|error| {
        SyncError::Usage(format!(
            "{name}: expected PKCS#8 PEM, or the path of a file that holds it, found neither: as a path it cannot be \
             read: {error}"
        ))
    })?;
    SigningKey::from_pem(text.expose_secret()).map_err(|error| usage(name, &error))
}

/// A public key, or the one in a file.
fn public_key(name: &str, value: &SecretString) -> Result<PublicKey, SyncError> {
    PublicKey::parse(value.expose_secret()).or_else(|error| {
        let text = held(value)
            .map_err(|unread| SyncError::Usage(format!("{name}: {error}; as a path it cannot be read: {unread}")))?;
        PublicKey::parse(text.expose_secret()).map_err(|error| usage(name, &error))
    })
}

/// The public halves of the keys that a value, or a file, holds, private or public.
pub fn public_halves(value: &SecretString) -> Result<Vec<PublicKey>, SyncError> {
    if let Ok(key) = PublicKey::parse(value.expose_secret()) {
        return Ok(vec![key]);
    }
    // Read once for both kinds: a pipe gives its text only once.
    let text = held(value).map_err(|error| {
        SyncError::Usage(format!(
            "expected a key, or the path of a file that holds one, found neither: as a path it cannot be read: {error}"
        ))
    })?;
    let text = text.expose_secret();
    match (PublicKey::parse(text), SigningKey::from_pem(text)) {
        (Ok(key), _) => Ok(vec![key]),
        (_, Ok(private)) => Ok(private.iter().map(SigningKey::public).collect()),
        (Err(public), Err(private)) => {
            Err(SyncError::Usage(format!("as a private key: {private}; as a public key: {public}")))
        }
    }
}

/// The value, if it is PEM, or the text of the file that it names.
fn held(value: &SecretString) -> io::Result<SecretString> {
    let text = value.expose_secret();
    if is_pem(text) {
        Ok(value.clone())
    } else {
        files::read_text(Path::new(text.trim()), MOST_BYTES).map(SecretString::from)
    }
}

fn usage(name: &str, error: &KeyError) -> SyncError {
    SyncError::Usage(format!("{name}: {error}"))
}
