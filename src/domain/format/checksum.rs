//! Checksums: SHA-256 (FIPS 180-4), written `sha256:` and 64 lowercase hexadecimal digits.

use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::domain::json::window::Text;

const PREFIX: &str = "sha256:";

/// The length of a written checksum, in bytes.
pub const CHECKSUM_LEN: usize = PREFIX.len() + 64;

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// The checksum of the concatenated parts.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The checksum of a text without these byte ranges, which are in ascending order.
    pub fn of_text_without(text: &dyn Text, cuts: &[Range<usize>]) -> Self {
        let mut hasher = Sha256::new();
        let mut buffer = [0; 4096];
        let (mut at, mut cuts) = (0, cuts.iter());
        loop {
            let cut = cuts.next();
            let end = cut.map_or(text.length(), |cut| cut.start);
            while at < end {
                let length = buffer.len().min(end - at);
                let part = buffer.get_mut(..length).unwrap_or_default();
                text.read(at, part);
                hasher.update(part);
                at += length;
            }
            match cut {
                Some(cut) => at = cut.end,
                None => return Self(hasher.finalize().into()),
            }
        }
    }

    /// A checksum from a SHA-256 that was computed elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses the written form. Uppercase digits are refused.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix(PREFIX)?.as_bytes();
        let (pairs, rest) = hex.as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (nibble(*high)? << 4) | nibble(*low)?;
        }
        Some(Self(bytes))
    }

    /// The written form.
    pub fn text(&self) -> String {
        let mut text = PREFIX.to_owned();
        for byte in self.0 {
            text.push(hex(byte >> 4));
            text.push(hex(byte & 15));
        }
        text
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// A lowercase hexadecimal digit.
pub(crate) fn hex(nibble: u8) -> char {
    char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 })
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4, the example "abc".
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_standards_example_is_right() {
        assert_eq!(Checksum::of(b"abc").to_string(), ABC);
        assert_eq!(Checksum::of_parts(&[b"a", b"", b"bc"]).to_string(), ABC);
        assert_eq!(ABC.len(), CHECKSUM_LEN);
    }

    #[test]
    fn a_part_of_a_text_can_be_left_out() {
        let text = "0123456789".repeat(1_000);
        for cut in [0..0, 0..1, 1..86, 1..5_000, 4_095..4_097, 5_000..9_999, 5_000..10_000, 0..10_000] {
            let rest = [&text[..cut.start], &text[cut.end..]].concat();
            assert_eq!(
                Checksum::of_text_without(&text, std::slice::from_ref(&cut)),
                Checksum::of(rest.as_bytes()),
                "{cut:?}"
            );
        }
        assert_eq!(Checksum::of_text_without(&text, &[]), Checksum::of(text.as_bytes()));
        let rest = &text[1..5_000];
        assert_eq!(Checksum::of_text_without(&text, &[0..1, 5_000..10_001]), Checksum::of(rest.as_bytes()));
    }

    #[test]
    fn only_the_written_form_is_read() {
        assert_eq!(Checksum::parse(ABC), Some(Checksum::of(b"abc")));
        let bare = ABC.trim_start_matches(PREFIX);
        let (short, long) = (&ABC[..CHECKSUM_LEN - 1], format!("{ABC}0"));
        for other in
            ["", PREFIX, bare, short, &long, &ABC.to_uppercase(), &ABC.replace('b', "B"), &ABC.replace('b', "g")]
        {
            assert_eq!(Checksum::parse(other), None, "{other}");
        }
    }
}
