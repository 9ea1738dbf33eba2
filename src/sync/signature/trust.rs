//! The public keys that are trusted, and how many of them must have signed.

use std::collections::BTreeMap;

use super::signed::listed;
use super::{KeyError, PublicKey, SignatureStatus, SignedManifest};
use crate::sync::shown::excerpt;

#[derive(Debug, Clone)]
pub struct Trust {
    keys: Vec<PublicKey>,
    required: usize,
}

impl Trust {
    /// Refuses a number of signatures that can never be there. A key that is given twice counts once.
    pub fn new(keys: &[PublicKey], required: usize) -> Result<Self, KeyError> {
        let keys: BTreeMap<_, _> = keys.iter().map(|key| (key.id(), *key)).collect();
        let given = keys.len();
        if (1..=given).contains(&required) {
            return Ok(Self { keys: keys.into_values().collect(), required });
        }
        Err(KeyError(format!(
            "expected the number of required signatures to be between 1 and the number of public keys ({given}), found \
             {required}"
        )))
    }

    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The ids of the keys that have signed, or, if they are too few, what was expected and what was found.
    pub fn check(&self, manifest: &SignedManifest) -> Result<Vec<String>, String> {
        let signed = manifest.signed_by(&self.keys);
        if signed.len() >= self.required {
            return Ok(signed);
        }
        let expected = self.keys.iter().map(PublicKey::id).collect::<Vec<_>>().join(", ");
        let describe = |status| match status {
            SignatureStatus::Verified => "valid",
            SignatureStatus::Invalid => "not valid",
            SignatureStatus::UnknownKey => "another key",
        };
        let found = manifest.verdicts(&self.keys).into_iter();
        let found = listed(found.map(|found| format!("{} ({})", excerpt(&found.key_id), describe(found.status))));
        let required = self.required;
        Err(format!("expected valid signatures of {required} of these keys: {expected}; found signatures of: {found}"))
    }
}
