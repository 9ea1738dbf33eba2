//! PEM (RFC 7468): the blocks of a text, and what kind of key a text holds where it does not hold the one that is expected.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::{PemObject, SectionKind};
use secrecy::zeroize::Zeroizing;

pub(super) const PRIVATE_KEY: &str = "PRIVATE KEY";
pub(super) const PUBLIC_KEY: &str = "PUBLIC KEY";

/// Kinds of keys that people have at hand, and what each is.
const KINDS: [(&str, &str); 7] = [
    ("ENCRYPTED PRIVATE KEY", "an encrypted private key; decrypt it with `openssl pkey`"),
    ("RSA PRIVATE KEY", "an RSA key"),
    ("EC PRIVATE KEY", "an EC key"),
    ("OPENSSH PRIVATE KEY", "an OpenSSH key"),
    ("CERTIFICATE", "a certificate"),
    (PRIVATE_KEY, "a private key"),
    (PUBLIC_KEY, "a public key"),
];

/// A block of a kind that PKI uses.
struct Block {
    kind: SectionKind,
    der: Zeroizing<Vec<u8>>,
}

impl PemObject for Block {
    fn from_pem(kind: SectionKind, der: Vec<u8>) -> Option<Self> {
        Some(Self { kind, der: Zeroizing::new(der) })
    }
}

const BEGIN: &str = "-----BEGIN ";

pub fn is_pem(text: &str) -> bool {
    text.contains(BEGIN)
}

/// The contents of the blocks of a kind. `None` if a block cannot be read.
pub(super) fn blocks(text: &str, kind: SectionKind) -> Option<Vec<Zeroizing<Vec<u8>>>> {
    // Many platforms keep a variable's line breaks as `\n`.
    let mut text = Zeroizing::new(text.replace("\\n", "\n"));
    // A block begins and ends on a line of its own, whatever stands before it: a quote, a byte order mark, spaces.
    for mark in [BEGIN, "-----END "] {
        text = Zeroizing::new(text.replace(mark, &format!("\n{mark}")));
    }
    let blocks = Block::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>().ok()?;
    Some(blocks.into_iter().filter(|block| block.kind == kind).map(|block| block.der).collect())
}

/// What a text is, without any of its content.
pub(super) fn describe(text: &str) -> &'static str {
    let labelled = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    let kind = KINDS.iter().find(|(label, _)| labelled(label)).map(|(_, kind)| *kind);
    kind.unwrap_or(if is_pem(text) { "PEM of another kind" } else { "no PEM" })
}

/// A block, in lines of 64 characters.
pub(super) fn print(label: &str, der: &[u8]) -> Zeroizing<String> {
    let content = Zeroizing::new(STANDARD.encode(der));
    // With room for all: a text that grows leaves copies behind, which nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(2 * content.len() + 2 * label.len() + 40));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for (place, letter) in content.char_indices() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.extend(["\n-----END ", label, "-----\n"]);
    text
}
