//! Skipping a JSON value: finding its end without looking at anything else. Most of a snapshot is skipped. The text is
//! known to be canonical (natively by `format/in_order.rs`, at the edge by `items.js`), so nothing is checked here.

/// How deeply arrays and objects may be nested. (`serde_json`, which writes, has the same limit.)
pub const MAX_DEPTH: u32 = 127;

/// Finds the end of an object or an array, which may come in several pieces of text.
#[derive(Debug, Default)]
pub struct Skip {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Skip {
    /// Continues with a piece of text: how many of its bytes belong to the value, or `None` if the value continues in
    /// the next piece.
    ///
    /// Eight bytes are examined together, as one number: where the quotes are, which brackets stand outside strings, and
    /// how many open and close. Only a word with an escape, or one in which the value may end, is examined byte by byte.
    /// A cold start notices: byte by byte a megabyte takes several milliseconds before V8 has optimised the loop.
    pub fn over(&mut self, bytes: &[u8]) -> Option<usize> {
        let (words, rest) = bytes.as_chunks::<8>();
        for (place, bytes) in words.iter().enumerate() {
            if self.word(u64::from_le_bytes(*bytes)) {
                continue;
            }
            if let Some(length) = self.bytes(bytes) {
                return Some(place * 8 + length);
            }
        }
        self.bytes(rest).map(|length| words.len() * 8 + length)
    }

    /// Skips eight bytes, if they can be examined together.
    fn word(&mut self, word: u64) -> bool {
        if self.escaped || equal(word, b'\\') != 0 {
            return false;
        }
        let quotes = equal(word, b'"') >> 7;
        // In each byte the number of quotes up to it: an odd number is inside a string, if the word began outside.
        let quotes_before = quotes.wrapping_mul(ONES);
        let inside = quotes_before ^ (ONES * u64::from(self.in_string));
        let outside = !inside & ONES;
        // `[` and `{` differ in one bit, and so do `]` and `}`.
        let brackets = word | (ONES * 0x20);
        let opening = ((equal(brackets, b'{') >> 7) & outside).count_ones();
        let closing = ((equal(brackets, b'}') >> 7) & outside).count_ones();
        if closing >= self.depth {
            return false;
        }
        self.depth = self.depth + opening - closing;
        self.in_string = inside >> 56 & 1 == 1;
        true
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| self.byte(*byte)).map(|place| place + 1)
    }

    /// Skips one byte. Returns whether it is the last.
    fn byte(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.escaped) {
            return false;
        }
        match byte {
            b'"' => self.in_string = !self.in_string,
            b'\\' if self.in_string => self.escaped = true,
            b'{' | b'[' if !self.in_string => self.depth += 1,
            b'}' | b']' if !self.in_string => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// Sets the highest bit of each byte of a word that equals this one, and no other bit.
pub(crate) fn equal(word: u64, byte: u8) -> u64 {
    const LOW: u64 = u64::from_ne_bytes([0x7f; 8]);
    let differing = word ^ (ONES * u64::from(byte));
    !(((differing & LOW) + LOW) | differing | LOW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The same, byte by byte.
    fn byte_by_byte(bytes: &[u8]) -> Option<usize> {
        Skip::default().bytes(bytes)
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
                assert_eq!(Skip::default().over(behind.as_bytes()), Some(text.len()), "{text}");
                assert_eq!(byte_by_byte(behind.as_bytes()), Some(text.len()));
            }
        }
    }

    #[test]
    fn a_value_may_come_in_pieces_of_any_length() {
        for value in values() {
            let text = value.to_string();
            for length in [1, 2, 3, 7, 8, 9, 64] {
                let (mut skip, mut passed) = (Skip::default(), 0);
                for piece in text.as_bytes().chunks(length) {
                    match skip.over(piece) {
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
                    assert_eq!(Skip::default().over(&bytes), byte_by_byte(&bytes), "{byte:#x} at {at} of {text}");
                }
            }
        }
    }
}
