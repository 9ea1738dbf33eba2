//! Signatures of manifests: Ed25519 (RFC 8032) over the bytes that the checksum covers.
//!
//! A checksum finds damage. A signature also stops whoever holds the store's write token: a manifest that none of the
//! job's keys has signed is neither served by a reader with public keys, nor signed again by the job. *ring* signs and
//! verifies here; a reader verifies with `WebCrypto`, so none of this is in the Wasm.

mod command;
mod pem;
mod public_key;
mod signed;
mod signing;
mod signing_key;
mod trust;

pub use command::{KEPT_BACK, SignCommand};
pub(crate) use pem::is_pem;
pub use public_key::PublicKey;
pub use signed::{SignatureStatus, SignatureVerdict, Signatures, SignedManifest};
pub use signing::Signing;
pub use signing_key::SigningKey;
pub use trust::Trust;

/// Why a key cannot be used, or a manifest not be signed. It never shows what was given as a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub(crate) String);

impl KeyError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
