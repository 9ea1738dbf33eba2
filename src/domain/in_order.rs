//! Whether a JSON text is in canonical form (RFC 8785) as it stands: one pass that keeps nothing but the names on the way
//! to where it is.
//!
//! A checksum is one of the canonical form. Text that is in it already, as nearly all is, is hashed as it stands; for
//! that, being what its checksum was made of is not enough: a writer that sealed over another order would be believed.

use std::cmp::Ordering;
use std::ops::Range;

use super::canonical::utf16_order;
use super::json::{plain, unescape};
use super::passing::MOST_DEPTH;
use super::spelling::{Judge, Spelling};
use super::text::Text;

/// How many bytes of the text are at hand, unless one string is longer.
const ROOM: usize = 16 * 1024;

/// Whether a text is one JSON value in canonical form. `false` also where that cannot be told.
#[must_use]
pub fn is_canonical(text: &dyn Text) -> bool {
    let mut walk = Walk {
        text,
        spelling: text.spelling(),
        bytes: Vec::new(),
        at: 0,
        brought: 0,
        names: Vec::new(),
        open: Vec::new(),
    };
    walk.value().is_some()
}

/// An array or an object that is open.
#[derive(Clone, Copy)]
enum Open {
    Array,
    /// Where among the names its last one begins.
    Object(usize),
}

/// A way over a text. Its methods give `None` where the text is not, or may not be, canonical.
struct Walk<'t> {
    text: &'t dyn Text,
    /// Judges strings and scalars; `None` where all are spelled canonically.
    spelling: Option<Spelling>,
    /// What is at hand of the text, how far it has been read, and how much of the text has been brought in.
    bytes: Vec<u8>,
    at: usize,
    brought: usize,
    /// The last name of each object that is open, one after the other.
    names: Vec<u8>,
    open: Vec<Open>,
}

impl Walk<'_> {
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

    /// Reads a scalar, or what opens an object or an array. Gives whether a value follows.
    fn begin(&mut self) -> Option<bool> {
        match self.byte()? {
            b'{' => {
                self.at += 1;
                if self.byte()? == b'}' {
                    self.at += 1;
                    return Some(false);
                }
                self.open(Open::Object(self.names.len()))?;
                self.name(None)?;
                Some(true)
            }
            b'[' => {
                self.at += 1;
                if self.byte()? == b']' {
                    self.at += 1;
                    return Some(false);
                }
                self.open(Open::Array)?;
                Some(true)
            }
            b'"' => self.string().map(|_| false),
            _ => self.scalar().map(|()| false),
        }
    }

    fn open(&mut self, open: Open) -> Option<()> {
        self.open.push(open);
        (self.open.len() <= MOST_DEPTH as usize).then_some(())
    }

    /// Reads a member's name, which must come after the last one of its object.
    fn name(&mut self, last: Option<usize>) -> Option<()> {
        let range = self.string()?;
        let name = self.bytes.get(range)?;
        let begins = last.unwrap_or(self.names.len());
        if last.is_some() && !comes_before(self.names.get(begins..)?, name) {
            return None;
        }
        self.names.truncate(begins);
        self.names.extend_from_slice(name);
        self.next_is(b':')
    }

    /// Reads a string: where among the bytes it stands, without its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        self.next_is(b'"')?;
        let mut length = 0;
        loop {
            length += plain(self.bytes.get(self.at + length..)?);
            match self.bytes.get(self.at + length).copied() {
                Some(b'"') => break,
                // A backslash, and what it escapes: a letter, a quote, or a control character. A code unit with other digits
                // is half of a surrogate pair.
                Some(_) if self.at + length + 3 < self.bytes.len() => match self.bytes.get(self.at + length + 1..)? {
                    [b'u', b'0', b'0', ..] => length += 4,
                    [b'u', ..] => return None,
                    _ => length += 2,
                },
                _ if self.bring() => {}
                _ => return None,
            }
        }
        let string = self.at..self.at + length;
        self.at += length + 1;
        self.is_spelled(&string, self.spelling.map(|spelling| spelling.text)).then_some(string)
    }

    /// Reads a number, `true`, `false` or `null`.
    fn scalar(&mut self) -> Option<()> {
        let mut length = 0;
        loop {
            match self.bytes.get(self.at + length).copied() {
                Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'+' | b'.') => length += 1,
                None if self.bring() => {}
                _ => break,
            }
        }
        let scalar = self.at..self.at + length;
        self.at += length;
        (length > 0 && self.is_spelled(&scalar, self.spelling.map(|spelling| spelling.scalar))).then_some(())
    }

    fn is_spelled(&self, token: &Range<usize>, judge: Option<Judge>) -> bool {
        judge.is_none_or(|judge| self.bytes.get(token.clone()).is_some_and(judge))
    }

    fn next_is(&mut self, byte: u8) -> Option<()> {
        let is = self.byte()? == byte;
        self.at += 1;
        is.then_some(())
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        if self.at == self.bytes.len() {
            self.bring();
        }
        self.bytes.get(self.at).copied()
    }

    /// Drops what has been read, and brings in what comes next. Gives whether there was more.
    #[cold]
    fn bring(&mut self) -> bool {
        self.bytes.drain(..self.at);
        self.at = 0;
        let held = self.bytes.len();
        let room = if held < ROOM { ROOM - held } else { held };
        let more = room.min(self.text.length().saturating_sub(self.brought));
        self.bytes.resize(held + more, 0);
        self.text.read(self.brought, self.bytes.get_mut(held..).unwrap_or_default());
        self.brought += more;
        more > 0
    }
}

/// Whether a name, as it is written between the quotes, comes before another. The order is that of their UTF-16 code
/// units, which is the one of the bytes where these are ASCII, and no escape.
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
