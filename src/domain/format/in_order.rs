//! Whether a JSON text is in canonical form (RFC 8785) already. One pass, which keeps only the names of the members that
//! lead to the current position.
//!
//! A checksum is that of the canonical form. Nearly all text is in it already, and can be hashed as it stands. A hash
//! that matches would not prove the form: a writer could have sealed another order. At the edge JavaScript compares the
//! order of the names (`items.js` of the package), since `JSON.stringify` wrote the rest.

use std::cmp::Ordering;

use super::canonical::utf16_order;
use crate::domain::json::skip::MAX_DEPTH;
use crate::domain::json::spelling::{Judge, Spelling, UNKNOWN};
use crate::domain::json::strings::{plain, unescape};

/// Whether a text is one JSON value in canonical form. `false` if that is uncertain.
pub fn is_canonical(text: &str) -> bool {
    Walk::new(text, Some(UNKNOWN)).value().is_some()
}

/// The same of a text whose strings and numbers are known to be in canonical spelling.
pub fn is_in_order(text: &str) -> bool {
    Walk::new(text, None).value().is_some()
}

/// An array or an object that is open.
#[derive(Clone, Copy)]
enum Open {
    Array,
    /// Where its last name begins in [`Walk::names`].
    Object(usize),
}

/// A walk over a text. Its methods return `None` where the text is not, or may not be, canonical.
struct Walk<'t> {
    bytes: &'t [u8],
    at: usize,
    /// Checks strings and scalars; `None` if all are known to be in canonical spelling.
    spelling: Option<Spelling>,
    /// The last name of each open object, one after the other.
    names: Vec<u8>,
    open: Vec<Open>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str, spelling: Option<Spelling>) -> Self {
        Self { bytes: text.as_bytes(), at: 0, spelling, names: Vec::new(), open: Vec::new() }
    }

    fn value(&mut self) -> Option<()> {
        loop {
            if self.begin()? {
                continue;
            }
            loop {
                let Some(open) = self.open.last().copied() else { return self.byte().is_none().then_some(()) };
                match (self.byte()?, open) {
                    (b',', Open::Array) => {
                        self.at += 1;
                        break;
                    }
                    (b',', Open::Object(last)) => {
                        self.at += 1;
                        self.name(Some(last))?;
                        break;
                    }
                    (b']', Open::Array) => {}
                    (b'}', Open::Object(last)) => self.names.truncate(last),
                    _ => return None,
                }
                self.at += 1;
                self.open.pop();
            }
        }
    }

    /// Reads a scalar, or the opening bracket of an object or an array. Returns whether a value follows.
    fn begin(&mut self) -> Option<bool> {
        match self.byte()? {
            // An empty one is a level too.
            b'{' | b'[' if self.open.len() >= MAX_DEPTH as usize => None,
            b'{' => {
                self.at += 1;
                if self.byte()? == b'}' {
                    self.at += 1;
                    return Some(false);
                }
                self.open.push(Open::Object(self.names.len()));
                self.name(None)?;
                Some(true)
            }
            b'[' => {
                self.at += 1;
                if self.byte()? == b']' {
                    self.at += 1;
                    return Some(false);
                }
                self.open.push(Open::Array);
                Some(true)
            }
            b'"' => self.string().map(|_| false),
            _ => self.scalar().map(|()| false),
        }
    }

    /// Reads a member's name, which must sort after the previous one of its object.
    fn name(&mut self, last: Option<usize>) -> Option<()> {
        let name = self.string()?;
        let begins = last.unwrap_or(self.names.len());
        if last.is_some() && !comes_before(self.names.get(begins..)?, name) {
            return None;
        }
        self.names.truncate(begins);
        self.names.extend_from_slice(name);
        self.next_is(b':')
    }

    /// Reads a string, and returns it as it stands between the quotes.
    fn string(&mut self) -> Option<&'t [u8]> {
        self.next_is(b'"')?;
        let start = self.at;
        loop {
            self.at += plain(self.bytes.get(self.at..)?);
            match self.bytes.get(self.at..)? {
                [b'"', ..] => break,
                // A backslash, and what it escapes: a letter, a quote, or a control character. A code unit with other digits
                // is half of a surrogate pair.
                [b'\\', b'u', b'0', b'0', ..] => self.at += 4,
                [b'\\', b'u', ..] => return None,
                _ => self.at += 2,
            }
        }
        let string = self.bytes.get(start..self.at)?;
        self.at += 1;
        self.is_spelled(string, |spelling| spelling.text).then_some(string)
    }

    /// Reads a number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'+' | b'.');
        let scalar = rest.get(..rest.iter().take_while(is_part).count())?;
        self.at += scalar.len();
        (!scalar.is_empty() && self.is_spelled(scalar, |spelling| spelling.scalar)).then_some(())
    }

    fn is_spelled(&self, token: &[u8], judge: impl Fn(Spelling) -> Judge) -> bool {
        self.spelling.is_none_or(|spelling| judge(spelling)(token))
    }

    fn next_is(&mut self, byte: u8) -> Option<()> {
        let is = self.byte()? == byte;
        self.at += 1;
        is.then_some(())
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// Whether a name, as it stands between the quotes, sorts before another. The order is that of their UTF-16 code units,
/// which is the order of the bytes as long as these are ASCII and no escape.
fn comes_before(name: &[u8], next: &[u8]) -> bool {
    for (byte, other) in name.iter().zip(next) {
        if *byte == b'\\' || *other == b'\\' || ((byte | other) >= 0x80 && byte != other) {
            return is_less(name, next);
        }
        if byte != other {
            return byte < other;
        }
    }
    name.len() < next.len()
}

#[cold]
fn is_less(name: &[u8], next: &[u8]) -> bool {
    let Some((name, next)) = unescape(name).zip(unescape(next)) else { return false };
    utf16_order(&name, &next) == Ordering::Less
}

#[cfg(test)]
#[path = "in_order_tests.rs"]
mod tests;
