//! A manifest's signatures, and the bytes that they sign: the canonical manifest without `checksum` and `signatures`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::PublicKey;
use crate::domain::format::canonical::to_canonical;
use crate::domain::registry::registry;
use crate::sync::shown::excerpt;

const MEMBER: &str = "signatures";

/// How many of a manifest's signatures a message shows.
const MOST_LISTED: usize = 10;

/// The member `signatures`, as it stands: from key id to signature, neither of them checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signatures(Map<String, Value>);

impl Signatures {
    pub(super) fn add(&mut self, key_id: String, signature: &[u8; 64]) {
        self.0.insert(key_id, Value::String(URL_SAFE_NO_PAD.encode(signature)));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids that are named, whatever stands beside them.
    pub fn ids(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// The ids as a message shows them.
    pub fn listed(&self) -> String {
        listed(self.0.keys().map(|id| excerpt(id)))
    }

    /// The signature of a key, if it is 64 bytes in canonical base64url without padding.
    fn of(&self, key_id: &str) -> Option<[u8; 64]> {
        let text = self.0.get(key_id)?.as_str()?;
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
    }
}

registry! {
    pub enum SignatureStatus by name {
        Verified = "verified",
        /// The key is known, and this is not its signature.
        Invalid = "invalid",
        /// No such key was given.
        UnknownKey = "unknown_key",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignatureVerdict {
    pub key_id: String,
    pub status: SignatureStatus,
}

/// The first of what a manifest names, whose signatures are whatever somebody stored; "none" if there is nothing.
pub(super) fn listed(named: impl ExactSizeIterator<Item = String>) -> String {
    let more = named.len().saturating_sub(MOST_LISTED);
    let mut first = named.take(MOST_LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        first = format!("{first} and {more} more");
    }
    if first.is_empty() { "none".to_owned() } else { first }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignedManifest {
    /// All members but `signatures`.
    envelope: Map<String, Value>,
    bytes: String,
    signatures: Signatures,
}

impl SignedManifest {
    /// Takes the text of a manifest that the verifier has accepted. `None` if it is no JSON object.
    pub fn of(manifest: &str) -> Option<Self> {
        let mut envelope: Map<String, Value> = serde_json::from_str(manifest).ok()?;
        let signatures = match envelope.remove(MEMBER) {
            Some(Value::Object(signatures)) => Signatures(signatures),
            _ => Signatures::default(),
        };
        let mut covered = envelope.clone();
        covered.remove("checksum");
        let bytes = to_canonical(&covered).ok()?;
        Some(Self { envelope, bytes, signatures })
    }

    /// What is signed: the bytes whose SHA-256 is the manifest's checksum.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }

    pub fn signatures(&self) -> &Signatures {
        &self.signatures
    }

    /// The ids of the keys among these that have signed, each once.
    pub fn signed_by(&self, keys: &[PublicKey]) -> Vec<String> {
        let keys: BTreeMap<_, _> = keys.iter().map(|key| (key.id(), key)).collect();
        let has_signed = |(id, key): &(String, &PublicKey)| {
            self.signatures.of(id).is_some_and(|signature| key.has_signed(self.bytes(), &signature))
        };
        keys.into_iter().filter(has_signed).map(|(id, _)| id).collect()
    }

    pub fn verdicts(&self, keys: &[PublicKey]) -> Vec<SignatureVerdict> {
        let signed = self.signed_by(keys);
        let known: Vec<_> = keys.iter().map(PublicKey::id).collect();
        let verdict = |key_id: String| {
            let status = if signed.contains(&key_id) {
                SignatureStatus::Verified
            } else if known.contains(&key_id) {
                SignatureStatus::Invalid
            } else {
                SignatureStatus::UnknownKey
            };
            SignatureVerdict { key_id, status }
        };
        self.signatures.ids().into_iter().map(verdict).collect()
    }

    /// Whether each of these keys has signed, and no other is named.
    pub fn is_signed_by_all_and_no_other(&self, keys: &[PublicKey]) -> bool {
        let signed = self.signed_by(keys);
        keys.iter().all(|key| signed.contains(&key.id())) && self.signatures.ids() == signed
    }

    /// The canonical text of the manifest with these signatures in place of its own.
    pub fn with(mut self, signatures: &Signatures) -> Result<String, serde_json::Error> {
        if !signatures.is_empty() {
            self.envelope.insert(MEMBER.to_owned(), Value::Object(signatures.0.clone()));
        }
        to_canonical(&self.envelope)
    }
}
