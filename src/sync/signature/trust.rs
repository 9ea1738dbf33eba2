//! The public keys that are trusted, and how many of them must have signed.

use super::{KeyError, KeyId, PublicKey, SignatureStatus, SignedManifest};

#[derive(Debug, Clone)]
pub struct Trust {
    keys: Vec<PublicKey>,
    required: usize,
}

impl Trust {
    /// # Errors
    ///
    /// If so many signatures can never be there. A key that is given twice counts once.
    pub fn new(keys: &[PublicKey], required: usize) -> Result<Self, KeyError> {
        let mut distinct: Vec<PublicKey> = Vec::new();
        for key in keys {
            if !distinct.contains(key) {
                distinct.push(*key);
            }
        }
        let keys = distinct;
        if (1..=keys.len()).contains(&required) {
            return Ok(Self { keys, required });
        }
        let given = keys.len();
        Err(KeyError(format!(
            "expected the number of required signatures to be between 1 and the number of public keys ({given}), found \
             {required}"
        )))
    }

    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The keys that have signed.
    ///
    /// # Errors
    ///
    /// If they are too few: what was expected and what was found.
    pub fn check(&self, manifest: &SignedManifest) -> Result<Vec<KeyId>, String> {
        let signed = manifest.signed_by(&self.keys);
        if signed.len() >= self.required {
            return Ok(signed);
        }
        let expected = self.keys.iter().map(|key| key.id().to_string()).collect::<Vec<_>>().join(", ");
        let describe = |status| match status {
            SignatureStatus::Verified => "valid",
            SignatureStatus::Invalid => "not valid",
            SignatureStatus::UnknownKey => "another key",
        };
        let found = manifest.verdicts(&self.keys).into_iter();
        let found: Vec<_> = found.map(|found| format!("{} ({})", found.key_id, describe(found.status))).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        let required = self.required;
        Err(format!("expected valid signatures of {required} of these keys: {expected}; found signatures of: {found}"))
    }
}
