//! The way over a JSON value of which only the end is looked for. Most of a snapshot is passed over so.

/// How deeply arrays and objects may be nested. (`serde_json`, which writes, has the same limit.)
pub const MOST_DEPTH: u32 = 127;

/// What is expected where a string is not spelled so.
pub(super) const CANONICAL_TEXT: &str = "text without lone surrogates, in canonical spelling,";
/// What is expected where a bracket opens one level too many.
pub(super) const NO_DEEPER: &str = "no deeper nesting";

/// The way over an object or an array, of which only the end is looked for. It may lead over several pieces of text.
#[derive(Debug)]
pub struct Passing {
    depth: u32,
    most_depth: u32,
    in_string: bool,
    escape: Escape,
}

/// How far an escape has been read.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Escape {
    #[default]
    None,
    Backslash,
    Unicode,
    UnicodeZero,
}

impl Passing {
    /// The way over a value inside of so many brackets.
    #[must_use]
    pub fn within(depth: u32) -> Self {
        let most_depth = MOST_DEPTH.saturating_sub(depth);
        Self { depth: 0, most_depth, in_string: false, escape: Escape::default() }
    }

    /// Goes on over a piece of text: how many bytes of it there are to the end of the value, or `None` if the value
    /// goes on.
    ///
    /// Most of a snapshot is passed over here, so eight bytes are looked at together, as a number: where the quotes
    /// are, which brackets stand outside of strings, and how many open and close. Only a word with an escape, or in
    /// which the value may end, is looked at byte by byte.
    ///
    /// # Errors
    ///
    /// What was expected instead.
    pub fn over(&mut self, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        let (words, rest) = bytes.as_chunks::<8>();
        for (place, bytes) in words.iter().enumerate() {
            if self.word(u64::from_le_bytes(*bytes)) {
                continue;
            }
            if let Some(length) = self.bytes(bytes)? {
                return Ok(Some(place * 8 + length));
            }
        }
        Ok(self.bytes(rest)?.map(|length| words.len() * 8 + length))
    }

    /// Passes over eight bytes, if they can be looked at together.
    fn word(&mut self, word: u64) -> bool {
        if self.escape != Escape::None || equal(word, b'\\') != 0 {
            return false;
        }
        let quotes = equal(word, b'"') >> 7;
        // In each byte the number of quotes up to it: an odd one is inside, if the word began outside.
        let quotes_before = quotes.wrapping_mul(ONES);
        let inside = quotes_before ^ (ONES * u64::from(self.in_string));
        let outside = !inside & ONES;
        // `[` and `{` differ in one bit, and so do `]` and `}`.
        let brackets = word | (ONES * 0x20);
        let opening = ((equal(brackets, b'{') >> 7) & outside).count_ones();
        let closing = ((equal(brackets, b'}') >> 7) & outside).count_ones();
        if closing >= self.depth || self.depth + opening > self.most_depth {
            return false;
        }
        self.depth = self.depth + opening - closing;
        self.in_string = inside >> 56 & 1 == 1;
        true
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        for (place, byte) in bytes.iter().enumerate() {
            if self.byte(*byte)? {
                return Ok(Some(place + 1));
            }
        }
        Ok(None)
    }

    /// Passes over one byte. Gives whether it is the last.
    fn byte(&mut self, byte: u8) -> Result<bool, &'static str> {
        match (std::mem::take(&mut self.escape), byte) {
            (Escape::None, _) => return self.unescaped(byte),
            (Escape::Backslash, b'u') => self.escape = Escape::Unicode,
            (Escape::Unicode, b'0') => self.escape = Escape::UnicodeZero,
            (Escape::Backslash, _) | (Escape::UnicodeZero, b'0') => {}
            (Escape::Unicode | Escape::UnicodeZero, _) => return Err(CANONICAL_TEXT),
        }
        Ok(false)
    }

    fn unescaped(&mut self, byte: u8) -> Result<bool, &'static str> {
        match byte {
            b'"' => self.in_string = !self.in_string,
            b'\\' if self.in_string => self.escape = Escape::Backslash,
            b'{' | b'[' if !self.in_string => {
                self.depth += 1;
                if self.depth > self.most_depth {
                    return Err(NO_DEEPER);
                }
            }
            b'}' | b']' if !self.in_string => {
                self.depth = self.depth.saturating_sub(1);
                return Ok(self.depth == 0);
            }
            _ => {}
        }
        Ok(false)
    }
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Marks, by its highest bit, each byte of a word that is this one, and no other.
pub(super) fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    let differing = word ^ (ONES * u64::from(byte));
    !(((differing & LOW) + LOW) | differing | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The same, byte by byte.
    fn simply(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        Passing::within(0).bytes(bytes)
    }

    fn values() -> Vec<Value> {
        let text = "\"{}[]\\,:ä😀\u{1}";
        let mut value = json!([text]);
        let mut values = vec![json!({}), json!([[]]), value.clone()];
        for n in 0..60 {
            let name = format!("{}{text}", "n".repeat(n % 9));
            value = json!({ name: value, "x".repeat(n % 11): [n, "y".repeat(n), {}], "z": [text, [], -1.5e300] });
            values.push(value.clone());
        }
        values
    }

    #[test]
    fn eight_bytes_together_are_as_good_as_one_by_one() {
        for value in values() {
            for before in 0..9 {
                let text = value.to_string();
                let behind = format!("{text}{}", "]\"}".repeat(before));
                assert_eq!(Passing::within(0).over(behind.as_bytes()), Ok(Some(text.len())), "{text}");
                assert_eq!(simply(behind.as_bytes()), Ok(Some(text.len())));
            }
        }
    }

    #[test]
    fn a_value_may_come_in_pieces_of_any_length() {
        for value in values() {
            let text = value.to_string();
            for length in [1, 2, 3, 7, 8, 9, 64] {
                let (mut passing, mut passed) = (Passing::within(0), 0);
                for piece in text.as_bytes().chunks(length) {
                    match passing.over(piece).unwrap() {
                        Some(last) => passed += last,
                        None => passed += piece.len(),
                    }
                }
                assert_eq!(passed, text.len(), "{text}");
            }
        }
    }

    #[test]
    fn no_byte_is_taken_for_another() {
        for text in
            [r#"["aaaaaaaaaaaaaaaa",{"b":"cccccccc"},[1]]"#, r#"{"aaa":"[[[[[[[[","b":[[],{}],"ccccccc":"}}}}"}"#]
        {
            for at in 0..text.len() {
                for byte in 0..=u8::MAX {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[at] = byte;
                    assert_eq!(Passing::within(0).over(&bytes), simply(&bytes), "{byte:#x} at {at} of {text}");
                }
            }
        }
    }

    #[test]
    fn it_nests_so_deeply_and_no_deeper() {
        let nested = |depth: usize| "[{\"a\":".repeat(depth / 2) + "[]" + &"}]".repeat(depth / 2);
        for depth in [125, 127, 129] {
            let text = nested(depth);
            assert_eq!(Passing::within(0).over(text.as_bytes()).is_ok(), depth <= 127, "{depth}");
            assert_eq!(Passing::within(2).over(text.as_bytes()).is_ok(), depth <= 125, "{depth}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text() {
        for (text, good) in
            [(r#"["\u001f"]"#, true), (r#"["\ud800"]"#, false), (r#"["\u0100"]"#, false), (r#"["\\u"]"#, true)]
        {
            assert_eq!(Passing::within(0).over(text.as_bytes()).is_ok(), good, "{text}");
        }
    }
}
