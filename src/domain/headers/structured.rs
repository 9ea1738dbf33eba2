//! Dictionaries of RFC 9651 (Structured Field Values for HTTP, section 3.2). The crate `sfv` parses them; its writer would
//! weigh more in the Wasm than everything here, and the tests compare the two.

use super::error::HeaderError;
use crate::domain::format::checksum::hex;

/// Parses a header of at most `most` bytes.
///
/// # Errors
///
/// If it is longer, or not a dictionary.
pub fn parse(header: &str, most: usize, value: &str) -> Result<sfv::Dictionary, HeaderError> {
    if value.len() > most {
        return Err(HeaderError(format!("{header}: expected at most {most} bytes, found {}", value.len())));
    }
    let syntax = |error| HeaderError(format!("{header}: expected a dictionary of RFC 9651: {error}"));
    sfv::Parser::new(value).parse().map_err(syntax)
}

/// The largest integer of a structured field: 15 digits (section 3.3.1).
const MOST_INTEGER: u64 = 999_999_999_999_999;

/// The members so far. Keys and tokens are names of this crate, and valid.
#[derive(Debug, Default)]
pub struct Dictionary(String);

impl Dictionary {
    /// The field's value; `None` without members, since an empty dictionary is not sent (section 4.1.2).
    pub fn finish(self) -> Option<String> {
        Some(self.0).filter(|text| !text.is_empty())
    }

    /// Adds an integer. One of more than 15 digits becomes the largest that the format allows.
    pub fn integer(&mut self, key: &'static str, value: u64) {
        self.member(key).push_str(&value.min(MOST_INTEGER).to_string());
    }

    /// Adds a token (section 3.3.4).
    pub fn token(&mut self, key: &'static str, token: &'static str) {
        self.member(key).push_str(token);
    }

    /// Adds a text: a string if it is printable ASCII (section 3.3.3), else a display string (section 3.3.8).
    pub fn text(&mut self, key: &'static str, value: &str) {
        let text = self.member(key);
        if value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
            text.push('"');
            for char in value.chars() {
                if matches!(char, '"' | '\\') {
                    text.push('\\');
                }
                text.push(char);
            }
        } else {
            text.push_str("%\"");
            for byte in value.bytes() {
                match byte {
                    b'%' | b'"' | ..=0x1f | 0x7f.. => {
                        text.push('%');
                        text.push(hex(byte >> 4));
                        text.push(hex(byte & 15));
                    }
                    _ => text.push(char::from(byte)),
                }
            }
        }
        text.push('"');
    }

    fn member(&mut self, key: &'static str) -> &mut String {
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0.push_str(key);
        self.0.push('=');
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfv::{BareItem, Dictionary as Parsed, ListEntry, Parser};

    fn read(field: &str, key: &str) -> BareItem {
        let members: Parsed = Parser::new(field).parse().unwrap_or_else(|error| panic!("{field}: {error}"));
        match members.get(key) {
            Some(ListEntry::Item(item)) => item.bare_item.clone(),
            other => panic!("{field}: {other:?}"),
        }
    }

    #[test]
    fn every_text_is_read_back_as_it_was() {
        let ascii: String = (0..128_u8).map(char::from).collect();
        let printable: String = (0x20..0x7f_u8).map(char::from).collect();
        for text in ["", "content.faq", "\"\\%", &printable, &ascii, "größer", "%é\"", "\u{10ffff}\u{0}\r\n\u{7f}"] {
            let mut dictionary = Dictionary::default();
            dictionary.text("a", text);
            dictionary.text("b", text);
            let field = dictionary.finish().unwrap();
            assert!(field.bytes().all(|byte| matches!(byte, 0x20..=0x7e)), "{field}");
            for key in ["a", "b"] {
                match read(&field, key) {
                    BareItem::String(found) => assert_eq!(found.as_str(), text),
                    BareItem::DisplayString(found) => assert_eq!(found, text),
                    other => panic!("{field}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn the_longest_integer_has_fifteen_digits() {
        for (value, written) in [(0, 0), (MOST_INTEGER, MOST_INTEGER), (MOST_INTEGER + 1, MOST_INTEGER)] {
            let mut dictionary = Dictionary::default();
            dictionary.integer("n", value);
            let field = dictionary.finish().unwrap();
            assert!(
                matches!(read(&field, "n"), BareItem::Integer(n) if u64::try_from(i64::from(n)).unwrap() == written)
            );
        }
    }

    #[test]
    fn without_a_member_there_is_no_field() {
        assert_eq!(Dictionary::default().finish(), None);
    }
}
