//! Public keys, and the ids by which a manifest names them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use rustls::pki_types::pem::SectionKind;
use sha2::{Digest, Sha256};

use super::{KeyError, pem};

const EXPECTED: &str = "expected an Ed25519 public key: the base64url of its 32 bytes, or PEM (-----BEGIN PUBLIC KEY-----), \
                        as `atlas-sync keys show` prints them";

/// What comes before the 32 bytes in a `SubjectPublicKeyInfo` (RFC 8410, section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The *y* coordinates of the points of low order, in hexadecimal. With such a key, signatures are valid for messages that
/// nobody signed.
const LOW_ORDER: [&str; 5] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// An Ed25519 public key that is not of low order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes the 32 bytes as base64url or base64, padded or not, or as PEM.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if pem::is_pem(text) {
            return Self::from_pem(text);
        }
        let digits = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
        let raw = STANDARD_NO_PAD.decode(digits).ok().and_then(|raw| raw.try_into().ok());
        Self::from_raw(raw.ok_or_else(|| KeyError::new(EXPECTED))?)
    }

    fn from_pem(text: &str) -> Result<Self, KeyError> {
        let found = |found: &str| KeyError(format!("{EXPECTED}; found {found}"));
        let blocks = pem::blocks(text, SectionKind::PublicKey).ok_or_else(|| found("damaged PEM"))?;
        match blocks.as_slice() {
            [der] => {
                let raw = der.strip_prefix(SPKI.as_slice()).and_then(|raw| raw.try_into().ok());
                Self::from_raw(raw.ok_or_else(|| found("a public key of another algorithm"))?)
            }
            [] => Err(found(pem::describe(text))),
            _ => Err(found("several keys in one value; give each a value of its own")),
        }
    }

    /// Takes the raw bytes. Refuses a point of low order, and a coordinate that is not reduced.
    pub fn from_raw(raw: [u8; 32]) -> Result<Self, KeyError> {
        let mut y = raw;
        // The highest bit is the sign of the other coordinate.
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        // From 2^255 - 19 on.
        let [first, middle @ .., last] = y;
        if last == 0x7f && middle.iter().all(|byte| *byte == 0xff) && first >= 0xed {
            return Err(KeyError::new("expected a public key in canonical form (RFC 8032), found another encoding"));
        }
        if LOW_ORDER.contains(&hex(&y).as_str()) {
            return Err(KeyError::new(
                "expected a public key, found a point of low order, with which everybody can sign; make a key with \
                 `atlas-sync keys new`",
            ));
        }
        Ok(Self(raw))
    }

    /// The id by which a manifest names the key: the first 16 hexadecimal digits of the SHA-256 of the raw bytes.
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.0)).chars().take(16).collect()
    }

    /// The raw bytes as base64url without padding.
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub fn to_pem(&self) -> String {
        pem::print(pem::PUBLIC_KEY, &[SPKI.as_slice(), &self.0].concat()).to_string()
    }

    /// Whether this key has signed the bytes. *ring* refuses a signature that is not in canonical form.
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(bytes, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}
