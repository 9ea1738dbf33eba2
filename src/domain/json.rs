//! A scanner of JSON text (RFC 8259): one pass, nothing copied, nothing kept that the caller does not ask for.
//!
//! A verifier at the edge looks at a megabyte of text to find a few names in it. A general parser would build the
//! whole value first and bring number conversions along; this one adds a few kilobytes to the Wasm.

use std::borrow::Cow;

/// How deeply arrays and objects may be nested. (`serde_json`, which writes, has the same limit.)
const MOST_DEPTH: u8 = 127;

/// Text that is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}{}", path(.members))]
pub struct JsonError {
    /// What should have been there.
    pub expected: Cow<'static, str>,
    /// How many bytes into the text that was scanned.
    pub at: usize,
    /// The members that lead there, the innermost first.
    pub members: Vec<String>,
}

impl JsonError {
    /// The same error, inside this member.
    #[must_use]
    pub fn inside(mut self, member: &str) -> Self {
        self.members.push(member.chars().take(100).collect());
        self
    }
}

/// The way to a place, from the outside in.
fn path(members: &[String]) -> String {
    let mut path = String::new();
    for member in members.iter().rev() {
        path.push_str(if path.is_empty() { ", in " } else { " / " });
        path.push_str(member);
    }
    path
}

/// A member's name.
#[derive(Debug, Clone)]
pub struct Name<'a> {
    /// As it is written between the quotes, escapes and all.
    pub raw: &'a str,
    /// As it reads.
    pub decoded: Cow<'a, str>,
}

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl<'a> Scanner<'a> {
    /// The beginning of a text.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// Reads an object, member by member. `member` must consume each value.
    ///
    /// # Errors
    ///
    /// If there is no object here, and what `member` gives, with the member's name.
    pub fn object(
        &mut self,
        member: &mut dyn FnMut(&mut Self, &Name<'a>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.open(b'{', "an object")?;
        if !self.eat(b'}') {
            loop {
                let name = self.name()?;
                self.expect(b':', "a colon")?;
                member(self, &name).map_err(|error| error.inside(&name.decoded))?;
                if self.eat(b'}') {
                    break;
                }
                self.expect(b',', "a comma or the end of the object")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads an array, element by element. `element` must consume each value.
    ///
    /// # Errors
    ///
    /// If there is no array here, and what `element` gives.
    pub fn array(&mut self, element: &mut dyn FnMut(&mut Self) -> Result<(), JsonError>) -> Result<(), JsonError> {
        self.open(b'[', "an array")?;
        if !self.eat(b']') {
            loop {
                element(self)?;
                if self.eat(b']') {
                    break;
                }
                self.expect(b',', "a comma or the end of the array")?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string.
    ///
    /// # Errors
    ///
    /// If there is none here, or if it holds a lone surrogate, which is no text.
    pub fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.name().map(|name| name.decoded)
    }

    fn name(&mut self) -> Result<Name<'a>, JsonError> {
        let (raw, escaped) = self.raw_string()?;
        let decoded = if escaped {
            unescape(raw).map(Cow::Owned).ok_or_else(|| self.wrong("text, without lone surrogates,"))?
        } else {
            Cow::Borrowed(raw)
        };
        Ok(Name { raw, decoded })
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    ///
    /// If there is neither here.
    pub fn boolean(&mut self) -> Result<bool, JsonError> {
        match self.peek() {
            Some(b't') => self.word("true").map(|()| true),
            Some(b'f') => self.word("false").map(|()| false),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// Reads a number without fraction or exponent.
    ///
    /// # Errors
    ///
    /// If there is none here, or if it is beyond 64 bits.
    pub fn integer(&mut self) -> Result<i64, JsonError> {
        let before = self.clone();
        let parsed = self.number()?.parse();
        parsed.map_err(|_| before.wrong("an integer"))
    }

    /// Reads `null`, or what `read` reads.
    ///
    /// # Errors
    ///
    /// What `read` gives.
    pub fn nullable<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, JsonError>,
    ) -> Result<Option<T>, JsonError> {
        if self.peek() == Some(b'n') { self.word("null").map(|()| None) } else { read(self).map(Some) }
    }

    /// Reads any value, and gives its text.
    ///
    /// # Errors
    ///
    /// If there is no JSON value here.
    pub fn skip(&mut self) -> Result<&'a str, JsonError> {
        self.white_space();
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(&mut |scanner, _| scanner.skip().map(drop))?,
            Some(b'[') => self.array(&mut |scanner| scanner.skip().map(drop))?,
            Some(b'"') => self.name().map(drop)?,
            Some(b't' | b'f') => self.boolean().map(drop)?,
            Some(b'n') => self.word("null")?,
            _ => self.number().map(drop)?,
        }
        Ok(self.slice(start))
    }

    /// The end of the text: only white space may follow.
    ///
    /// # Errors
    ///
    /// If something else does.
    pub fn end(&mut self) -> Result<(), JsonError> {
        if self.peek().is_none() { Ok(()) } else { Err(self.wrong("the end of the text")) }
    }

    /// The first byte of the value that comes next.
    pub fn peek(&mut self) -> Option<u8> {
        self.white_space();
        self.byte()
    }

    /// What stands between the quotes, escapes and all; and whether there are any.
    fn raw_string(&mut self) -> Result<(&'a str, bool), JsonError> {
        self.expect(b'"', "a string")?;
        let (start, mut escaped) = (self.at, false);
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += plain(rest);
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return Err(self.wrong("the end of the string")),
            }
        }
        let raw = self.slice(start);
        self.at += 1;
        Ok((raw, escaped))
    }

    /// Reads a number, and gives it as it is written.
    ///
    /// # Errors
    ///
    /// If there is no number here.
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        self.white_space();
        let start = self.at;
        self.next_is(b"-");
        if !self.next_is(b"0") {
            self.digits()?;
        }
        if self.next_is(b".") {
            self.digits()?;
        }
        if self.next_is(b"eE") {
            self.next_is(b"+-");
            self.digits()?;
        }
        Ok(self.slice(start))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.next_is(b"0123456789") {}
        if self.at > start { Ok(()) } else { Err(self.wrong("a value")) }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        if self.next_is(b"u") {
            let hex = self.text.as_bytes().get(self.at..self.at + 4);
            if hex.is_none_or(|hex| !hex.iter().all(u8::is_ascii_hexdigit)) {
                return Err(self.wrong("four hexadecimal digits"));
            }
            self.at += 4;
            return Ok(());
        }
        if self.next_is(b"\"\\/bfnrt") { Ok(()) } else { Err(self.wrong("an escape")) }
    }

    fn word(&mut self, word: &'static str) -> Result<(), JsonError> {
        self.white_space();
        if !self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.wrong(word));
        }
        self.at += word.len();
        Ok(())
    }

    fn open(&mut self, bracket: u8, what: &'static str) -> Result<(), JsonError> {
        self.expect(bracket, what)?;
        if self.depth == MOST_DEPTH {
            return Err(self.wrong("no deeper nesting"));
        }
        self.depth += 1;
        Ok(())
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { Err(self.wrong(what)) }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    /// Passes over the next byte if it is one of these.
    fn next_is(&mut self, bytes: &[u8]) -> bool {
        let is = self.byte().is_some_and(|byte| bytes.contains(&byte));
        self.at += usize::from(is);
        is
    }

    fn white_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The error that something else was expected here.
    #[must_use]
    pub fn wrong(&self, expected: impl Into<Cow<'static, str>>) -> JsonError {
        JsonError { expected: expected.into(), at: self.at, members: Vec::new() }
    }
}

/// How many bytes come before the first that ends a run of plain text in a string: a quote, a backslash, a control
/// character. All are ASCII, so the run ends between two characters. Eight bytes are looked at together, as a number:
/// most of a snapshot is such text.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The lowest byte that this marks is one below the limit; only above it can others be marked by mistake.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let ends = below(word, 0x20) | below(word ^ (ONES * 0x22), 1) | below(word ^ (ONES * 0x5c), 1);
        if ends != 0 {
            return number * 8 + (ends.trailing_zeros() / 8) as usize;
        }
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
    words.len() * 8 + end.unwrap_or(rest.len())
}

/// The text that an escaped string stands for; `None` if it holds a lone surrogate. `raw` was scanned before.
fn unescape(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escaped.chars();
        text.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (scalar, after) = unicode(chars.as_str())?;
                chars = after.chars();
                scalar
            }
            same => same,
        });
        rest = chars.as_str();
    }
    text.push_str(rest);
    Some(text)
}

/// The character of a `\u` escape, or of two that are a surrogate pair, and what follows.
fn unicode(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u32::from_str_radix(text.get(..4)?, 16).ok();
    let (high, rest) = (unit(text)?, text.get(4..)?);
    if let Some(scalar) = char::from_u32(high) {
        return Some((scalar, rest));
    }
    let low = unit(rest.strip_prefix("\\u")?)?;
    if !(0xd800..0xdc00).contains(&high) || !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    let scalar = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?;
    Some((scalar, rest.get(6..)?))
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
