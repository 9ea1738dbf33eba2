//! JSON values as text: a store keeps what it was given, member order and number spelling included, and only drops
//! the white space between tokens, so that an item fits on one line.

use serde_json::Value;
use serde_json::value::RawValue;

/// The value without white space outside of its strings.
pub(crate) fn compact(raw: &RawValue) -> Box<RawValue> {
    let mut text = String::with_capacity(raw.get().len());
    let (mut in_string, mut escaped) = (false, false);
    for character in raw.get().chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            in_string = character == '"';
        }
        text.push(character);
    }
    RawValue::from_string(text).unwrap_or_else(|_| raw.to_owned())
}

/// The value parsed, or what is wrong with it. Text that passes as JSON can still fail here: nesting over 128 levels, a
/// number that no double holds, half of a surrogate pair.
pub(crate) fn parse(raw: &RawValue) -> Result<Value, String> {
    serde_json::from_str(raw.get()).map_err(|error| without_place(&error))
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
            assert!(parse(&raw(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn an_empty_store_is_two_bytes() {
        assert_eq!(object(std::iter::empty()), "{}");
    }
}
