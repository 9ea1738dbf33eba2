//! What a job signs with, and whose signatures it takes for its own.

use std::time::Duration;

use super::{KeyError, PublicKey, SignCommand, Signatures, SignedManifest, SigningKey, Trust};

#[derive(Debug)]
pub struct Signing {
    keys: Vec<SigningKey>,
    command: Option<SignCommand>,
    /// Keys that do not sign here, and whose signatures count, as in a rotation.
    trusted: Vec<PublicKey>,
}

impl Signing {
    /// Refuses a key that is given twice.
    pub fn new(keys: Vec<SigningKey>, command: Option<SignCommand>, trusted: Vec<PublicKey>) -> Result<Self, KeyError> {
        let signing = Self { keys, command, trusted };
        let mut ids: Vec<_> = signing.signers().iter().map(PublicKey::id).collect();
        ids.sort_unstable();
        match ids.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            Some([id, ..]) => Err(KeyError(format!("expected different signing keys, found {id} twice"))),
            _ => Ok(signing),
        }
    }

    pub fn is_on(&self) -> bool {
        !self.keys.is_empty() || self.command.is_some()
    }

    /// The public keys of those that sign.
    pub fn signers(&self) -> Vec<PublicKey> {
        self.keys.iter().map(SigningKey::public).chain(self.command.iter().map(SignCommand::public)).collect()
    }

    /// Every key whose signatures count here.
    fn known(&self) -> Vec<PublicKey> {
        self.signers().into_iter().chain(self.trusted.iter().copied()).collect()
    }

    /// The ids of those keys that have signed a manifest.
    pub fn verified(&self, manifest: &SignedManifest) -> Vec<String> {
        manifest.signed_by(&self.known())
    }

    /// Signs with every key, and verifies each signature.
    pub async fn sign(&self, bytes: &[u8], within: Duration) -> Result<Signatures, KeyError> {
        let mut made: Vec<(PublicKey, [u8; 64])> = Vec::new();
        for key in &self.keys {
            made.push((key.public(), key.sign(bytes)?));
        }
        if let Some(command) = &self.command {
            made.push((command.public(), command.sign(bytes, within).await?));
        }
        let mut signatures = Signatures::default();
        for (key, signature) in made {
            let id = key.id();
            if !key.has_signed(bytes, &signature) {
                return Err(KeyError(format!("expected a signature of the key {id}, found one that does not verify")));
            }
            signatures.add(id, &signature);
        }
        Ok(signatures)
    }

    /// Whether a reader with the trusted public keys accepts a manifest; without any, it accepts each.
    pub fn trusts_as_reader(&self, manifest: &SignedManifest) -> Result<(), String> {
        match Trust::new(&self.trusted, 1) {
            Ok(trust) => trust.check(manifest).map(drop),
            Err(_) => Ok(()),
        }
    }

    /// Whether this job may build on a manifest: one of its keys has signed it, or it has none.
    pub fn trusts(&self, manifest: Option<&SignedManifest>) -> Result<(), String> {
        match (Trust::new(&self.known(), 1), manifest) {
            (Ok(trust), Some(manifest)) if self.is_on() => trust.check(manifest).map(drop),
            _ => Ok(()),
        }
    }
}
