//! Private keys. Their bytes are wiped when they are dropped, and nothing but [`SigningKey::to_pem`] shows them. The form
//! in which *ring* signs lives for one signature.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::pem::SectionKind;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{KeyError, PublicKey, pem};

const EXPECTED: &str = "expected an Ed25519 private key in PKCS#8 PEM (-----BEGIN PRIVATE KEY-----), as `atlas-sync keys new` \
                        makes one";

/// What comes before the 32 bytes of the seed in PKCS#8 (RFC 8410, section 7).
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub struct SigningKey {
    pkcs8: SecretSlice<u8>,
    public: PublicKey,
}

impl SigningKey {
    /// Makes a key from the system's random numbers.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        let filled = SystemRandom::new().fill(seed.as_mut_slice());
        filled.map_err(|_| KeyError::new("the system gave no random numbers"))?;
        Self::from_pkcs8(&Zeroizing::new([PKCS8.as_slice(), seed.as_slice()].concat()))
    }

    /// The keys in a PEM text: at least one.
    pub fn from_pem(text: &str) -> Result<Vec<Self>, KeyError> {
        let found = |found: &str| KeyError(format!("{EXPECTED}; found {found}"));
        let blocks = pem::blocks(text, SectionKind::PrivateKey).ok_or_else(|| found("damaged PEM"))?;
        if blocks.is_empty() {
            return Err(found(pem::describe(text)));
        }
        blocks.iter().map(|der| Self::from_pkcs8(der)).collect()
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let pkcs8 = SecretSlice::from(der.to_vec());
        let pair = pair(&pkcs8)?;
        let raw = pair.public_key().as_ref().try_into().map_err(|_| KeyError::new(EXPECTED))?;
        Ok(Self { pkcs8, public: PublicKey::from_raw(raw)? })
    }

    pub fn public(&self) -> PublicKey {
        self.public
    }

    pub fn to_pem(&self) -> SecretString {
        SecretString::from(pem::print(pem::PRIVATE_KEY, self.pkcs8.expose_secret()).as_str())
    }

    pub fn sign(&self, bytes: &[u8]) -> Result<[u8; 64], KeyError> {
        let signature = pair(&self.pkcs8)?.sign(bytes);
        signature.as_ref().try_into().map_err(|_| KeyError::new("the signature is not 64 bytes long"))
    }
}

fn pair(pkcs8: &SecretSlice<u8>) -> Result<Ed25519KeyPair, KeyError> {
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8.expose_secret());
    pair.map_err(|error| KeyError(format!("{EXPECTED}; found another key ({error})")))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.id())
    }
}
