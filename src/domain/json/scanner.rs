//! A scanner of JSON text (RFC 8259). It reads in one pass, copies nothing, and keeps only what the caller asks for.
//!
//! A verifier at the edge looks for a few names in a megabyte of text. A general parser would build the whole value
//! first and bring number conversions along; this one adds a few kilobytes to the Wasm. The text was written by a JSON
//! writer (see [`super::window::Text`]), so the scanner checks what it reads, and does not check what it skips.

use std::borrow::Cow;

use super::error::JsonError;
use super::skip::{MAX_DEPTH, Skip};
use super::strings::plain;

/// What a string must be.
const CANONICAL_TEXT: &str = "text without lone surrogates, in canonical spelling,";
/// What must not come after the deepest level.
const NO_DEEPER: &str = "no deeper nesting";

/// The result of reading what is not kept.
pub type Read = Result<(), JsonError>;

/// A position in a JSON text, or in a part of one. Strings and names are returned as they stand between the quotes, with
/// their escapes.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many bytes of the text precede this part, and how many brackets they leave open.
    before: usize,
    depth: u32,
    met_end: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self::within(text.as_bytes(), 0, 0)
    }

    /// A scanner at the beginning of a part of a text, `before` bytes into it and inside `depth` brackets.
    pub fn within(bytes: &'a [u8], before: usize, depth: u32) -> Self {
        Self { bytes, at: 0, before, depth, met_end: false }
    }

    /// How many bytes have been read.
    pub fn length_read(&self) -> usize {
        self.at
    }

    /// How many brackets are open.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// Whether it looked beyond the last byte: the value that it read last may continue there.
    pub fn met_end(&self) -> bool {
        self.met_end
    }

    /// Reads an object, member by member. `member` must consume each value.
    ///
    /// # Errors
    ///
    /// If there is no object here, and errors of `member`, with the member's name.
    pub fn object(&mut self, member: &mut dyn FnMut(&mut Self, &'a [u8]) -> Read) -> Read {
        self.open(b'{', "an object")?;
        let mut first = true;
        while let Some(name) = self.member(first)? {
            first = false;
            member(self, name).map_err(|error| error.inside(name))?;
        }
        Ok(())
    }

    /// Reads the bracket that opens an object or an array.
    ///
    /// # Errors
    ///
    /// If there is none here, or if it opens more levels than are allowed.
    pub fn open(&mut self, bracket: u8, what: &'static str) -> Read {
        self.expect(bracket, what)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.wrong(NO_DEEPER)) } else { Ok(()) }
    }

    fn close(&mut self, bracket: u8) -> bool {
        let is = self.eat(bracket);
        self.depth = self.depth.saturating_sub(u32::from(is));
        is
    }

    /// Reads the name of an object's next member, up to its value; `None` at the object's end.
    ///
    /// # Errors
    ///
    /// If there is neither a name nor the end of the object.
    pub fn member(&mut self, first: bool) -> Result<Option<&'a [u8]>, JsonError> {
        if self.close(b'}') {
            return Ok(None);
        }
        if !first {
            self.expect(b',', "a comma or the end of the object")?;
        }
        let name = self.text()?;
        self.expect(b':', "a colon")?;
        Ok(Some(name))
    }

    /// Reads an array, element by element. `element` must consume each value.
    ///
    /// # Errors
    ///
    /// If there is no array here, and errors of `element`.
    pub fn array(&mut self, element: &mut dyn FnMut(&mut Self) -> Read) -> Read {
        self.open(b'[', "an array")?;
        if self.close(b']') {
            return Ok(());
        }
        loop {
            element(self)?;
            if self.close(b']') {
                return Ok(());
            }
            self.expect(b',', "a comma or the end of the array")?;
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    ///
    /// If there is none here, or if it is not written as RFC 8785 (section 3.2.2.2) demands. So a lone surrogate is an
    /// error.
    pub fn text(&mut self) -> Result<&'a [u8], JsonError> {
        self.expect(b'"', "a string")?;
        let start = self.at;
        loop {
            self.at += plain(self.bytes.get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => break,
                Some(_) => self.escape()?,
                None => return Err(self.wrong("the end of the string")),
            }
        }
        let text = self.slice(start);
        self.at += 1;
        Ok(text)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    ///
    /// If there is no boolean here.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        match self.scalar() {
            b"true" => Ok(true),
            b"false" => Ok(false),
            other => Err(self.wrong_before(other, "true or false")),
        }
    }

    /// Reads a number without fraction or exponent.
    ///
    /// # Errors
    ///
    /// If there is none here, or if its magnitude exceeds [`MAX_SAFE_INTEGER`].
    pub fn integer(&mut self) -> Result<i64, JsonError> {
        let scalar = self.scalar();
        let (digits, sign) = scalar.strip_prefix(b"-").map_or((scalar, 1), |digits| (digits, -1));
        let magnitude = decimal(digits).and_then(|magnitude| i64::try_from(magnitude).ok());
        magnitude.map(|magnitude| sign * magnitude).ok_or_else(|| self.wrong_before(scalar, "an integer"))
    }

    /// Reads `null`, or what `read` reads.
    ///
    /// # Errors
    ///
    /// Errors of `read`.
    pub fn nullable(&mut self, read: &mut dyn FnMut(&mut Self) -> Read) -> Read {
        if self.peek() != Some(b'n') {
            return read(self);
        }
        match self.scalar() {
            b"null" => Ok(()),
            other => Err(self.wrong_before(other, "null")),
        }
    }

    /// Skips any value, and returns its text.
    ///
    /// # Errors
    ///
    /// If there is no JSON value here.
    pub fn skip(&mut self) -> Result<&'a [u8], JsonError> {
        self.white_space();
        let start = self.at;
        match self.byte() {
            Some(b'{' | b'[') => self.nested()?,
            Some(b'"') => self.text().map(drop)?,
            _ if self.scalar().is_empty() => return Err(self.wrong("a value")),
            _ => {}
        }
        Ok(self.slice(start))
    }

    /// Checks that nothing but white space follows.
    ///
    /// # Errors
    ///
    /// If something else follows.
    pub fn end(&mut self) -> Read {
        if self.peek().is_none() { Ok(()) } else { Err(self.wrong("the end of the text")) }
    }

    /// The first byte of the next value.
    pub fn peek(&mut self) -> Option<u8> {
        self.white_space();
        self.byte()
    }

    /// An error at this position.
    pub fn wrong(&self, expected: impl Into<Cow<'static, str>>) -> JsonError {
        JsonError::new(expected, self.before + self.at)
    }

    /// An error at the token that was read last.
    fn wrong_before(&self, read: &[u8], expected: &'static str) -> JsonError {
        JsonError::new(expected, (self.before + self.at).saturating_sub(read.len()))
    }

    fn nested(&mut self) -> Read {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = Skip::default().over(rest);
        self.at += length.unwrap_or(rest.len());
        self.met_end |= length.is_none();
        if length.is_some() { Ok(()) } else { Err(self.wrong("the end of the value")) }
    }

    /// Reads a number, `true`, `false` or `null`: everything up to a delimiter.
    fn scalar(&mut self) -> &'a [u8] {
        self.white_space();
        let start = self.at;
        while self.byte().is_some_and(|byte| !matches!(byte, b',' | b'}' | b']' | b':' | b'"' | ..=b' ')) {
            self.at += 1;
        }
        self.slice(start)
    }

    /// Reads an escape as ECMAScript writes it: a letter, or `\u00` and two digits for a control character.
    fn escape(&mut self) -> Read {
        self.at += 1;
        let letter = self.byte();
        self.at += usize::from(letter.is_some());
        if letter == Some(b'u') && !(self.next_is(b'0') && self.next_is(b'0')) {
            return Err(self.wrong(CANONICAL_TEXT));
        }
        Ok(())
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Read {
        if self.eat(byte) { Ok(()) } else { Err(self.wrong(what)) }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.white_space();
        self.next_is(byte)
    }

    /// Consumes the next byte if it is this one.
    #[inline]
    fn next_is(&mut self, byte: u8) -> bool {
        let is = self.byte() == Some(byte);
        self.at += usize::from(is);
        is
    }

    #[inline]
    fn white_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.met_end |= byte.is_none();
        byte
    }

    fn slice(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.at).unwrap_or_default()
    }
}

/// The largest integer up to which a double, and so JavaScript, holds each one exactly (RFC 8259, section 6).
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A number of at most [`MAX_SAFE_INTEGER`], from its decimal digits.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    let number = digits.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add((digit - b'0').into()),
        _ => None,
    })?;
    (!digits.is_empty() && number <= MAX_SAFE_INTEGER).then_some(number)
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
