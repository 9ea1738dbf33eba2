//! JSON values as text: a store keeps what it was given, member order and number spelling included, and drops only the
//! white space between tokens, so that an item fits on one line.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

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

    /// The value parsed. This can fail: text that passes as JSON can nest over 128 levels, or hold a number that no double
    /// holds, or half of a surrogate pair.
    pub fn parsed(&self) -> Result<Value, String> {
        serde_json::from_str(self.text()).map_err(|error| without_place(&error))
    }

    /// The value without white space outside of its strings.
    pub(crate) fn compact(&self) -> Self {
        let mut text = String::with_capacity(self.text().len());
        let mut in_string = false;
        for part in self.text().split_inclusive('"') {
            if in_string {
                text.push_str(part);
                in_string = !ends_string(part);
            } else {
                text.extend(part.split(|character: char| character.is_ascii_whitespace()));
                in_string = true;
            }
        }
        Self::from_text(text).unwrap_or_else(|_| self.clone())
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(RawValue::from_string(value.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
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

/// Whether the quote at the end is one, and not an escaped one.
fn ends_string(part: &str) -> bool {
    let text = part.trim_end_matches('"');
    (text.len() - text.trim_end_matches('\\').len()).is_multiple_of(2)
}

/// The parser's message without line and column, which are reported separately or do not help.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    error.to_string().replace(&format!(" at line {} column {}", error.line(), error.column()), "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::from_text(text.to_owned()).unwrap()
    }

    #[test]
    fn compacting_keeps_strings_order_and_number_spelling() {
        let given = "{ \"b\" :\t1.0e2,\r\n \"a\\\" \\\\\" : [ \"x  y\" , 1 ] }";
        assert_eq!(json(given).compact().text(), "{\"b\":1.0e2,\"a\\\" \\\\\":[\"x  y\",1]}");
    }

    #[test]
    fn what_a_reader_could_not_parse_is_told() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for text in [deep.as_str(), "1e999", r#""\ud800""#] {
            assert!(json(text).parsed().is_err(), "{text}");
        }
        for text in ["{\"a\":[1,-1,0.5,true,null,{\"b\":\"\\n\"}]}", "\"\""] {
            assert!(json(text).parsed().is_ok(), "{text}");
        }
    }
}
