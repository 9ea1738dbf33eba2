//! JSON values as text: a store keeps what it was given, member order and number spelling included, and only drops
//! the white space between tokens, so that an item fits on one line.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// A JSON value as the text that was given, with the order of its members and the spelling of its numbers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    pub fn text(&self) -> &str {
        self.0.get()
    }

    pub fn into_text(self) -> String {
        Box::<str>::from(self.0).into_string()
    }

    /// The value parsed.
    ///
    /// # Errors
    ///
    /// What is wrong with it: text that passes as JSON can nest over 128 levels, or hold a number that no double holds,
    /// or half of a surrogate pair.
    pub fn parsed(&self) -> Result<Value, String> {
        serde_json::from_str(self.text()).map_err(|error| without_place(&error))
    }

    pub(crate) fn raw(&self) -> &RawValue {
        &self.0
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(RawValue::from_string(value.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl From<Box<RawValue>> for Json {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw)
    }
}

/// The same value, however it is spelled.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() || self.parsed().is_ok_and(|value| *other == value)
    }
}

impl PartialEq<Value> for Json {
    fn eq(&self, other: &Value) -> bool {
        self.parsed().as_ref() == Ok(other)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The value without white space outside of its strings.
pub(crate) fn compact(raw: &RawValue) -> Box<RawValue> {
    let mut text = String::with_capacity(raw.get().len());
    let mut in_string = false;
    for part in raw.get().split_inclusive('"') {
        if in_string {
            text.push_str(part);
            in_string = !ends_string(part);
        } else {
            text.extend(part.split(|character: char| character.is_ascii_whitespace()));
            in_string = true;
        }
    }
    RawValue::from_string(text).unwrap_or_else(|_| raw.to_owned())
}

/// Whether the quote at the end is one, and not an escaped one.
fn ends_string(part: &str) -> bool {
    let text = part.trim_end_matches('"');
    (text.len() - text.trim_end_matches('\\').len()).is_multiple_of(2)
}

/// What is wrong with a value that [`Json::parsed`] would not parse.
pub(crate) fn check(raw: &RawValue) -> Result<(), String> {
    serde_json::from_str::<Value>(raw.get()).map(drop).map_err(|error| without_place(&error))
}

/// What a parser found, without the place, which is given apart from it or means nothing to the reader.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    error.to_string().replace(&format!(" at line {} column {}", error.line(), error.column()), "")
}

/// The compact JSON object of all items: what the size and the digest of a store are taken of.
pub(crate) fn object<'a>(items: impl Iterator<Item = (&'a str, &'a RawValue)>) -> String {
    let mut text = String::from("{");
    for (index, (key, value)) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(key).to_string());
        text.push(':');
        text.push_str(value.get());
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn compacting_keeps_strings_order_and_number_spelling() {
        let given = "{ \"b\" :\t1.0e2,\r\n \"a\\\" \\\\\" : [ \"x  y\" , 1 ] }";
        assert_eq!(compact(&raw(given)).get(), "{\"b\":1.0e2,\"a\\\" \\\\\":[\"x  y\",1]}");
    }

    #[test]
    fn what_a_reader_could_not_parse_is_told() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in [deep.as_str(), "1e999", r#""\ud800""#] {
            assert!(Json::from(raw(text)).parsed().is_err(), "{text}");
            assert!(check(&raw(text)).is_err(), "{text}");
        }
        for text in ["{\"a\":[1,-1,0.5,true,null,{\"b\":\"\\n\"}]}", "\"\""] {
            assert_eq!(check(&raw(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_empty_store_is_two_bytes() {
        assert_eq!(object(std::iter::empty()), "{}");
    }
}
