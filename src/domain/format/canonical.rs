//! The canonical form of a JSON value: RFC 8785, the JSON Canonicalization Scheme (JCS).
//!
//! Keys stand in the order of their UTF-16 code units, numbers and strings are spelled as ECMAScript's
//! `JSON.stringify` does, no white space. Writers make it with `serde_json_canonicalizer`, and payloads, which are
//! large, in one pass without its buffers ([`Part`]). A reader has text in that spelling already and needs only the
//! order, so nothing that converts numbers goes into the Wasm.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::domain::json::scanner::{CANONICAL_TEXT, JsonError, Scanner, unescape};

/// The largest integer whose decimal digits are its canonical form: 2^53 - 1.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The canonical form of a value.
///
/// # Errors
///
/// What JSON cannot write: a map whose keys are not strings, or a number that is not finite.
pub fn to_canonical<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_string(value)
}

/// A value on its way to its canonical form, borrowed from wherever it is kept.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A string.
    Text(&'a str),
    /// Any value.
    Value(&'a Value),
    /// An object of values.
    Map(&'a Map<String, Value>),
    /// An array.
    Array(Vec<Part<'a>>),
    /// An object, each name once, in any order.
    Object(Vec<(&'a str, Part<'a>)>),
}

impl Part<'_> {
    /// The canonical form.
    ///
    /// # Errors
    ///
    /// As [`to_canonical`]; what JSON text was parsed to can always be written.
    pub fn to_canonical(&self) -> Result<String, serde_json::Error> {
        let mut text = Vec::new();
        write_part(self, &mut text)?;
        String::from_utf8(text).map_err(serde::ser::Error::custom)
    }
}

impl<'a, T: Into<Part<'a>>> From<Option<T>> for Part<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a str> for Part<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Part<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

type Written = Result<(), serde_json::Error>;

fn write_part(part: &Part<'_>, text: &mut Vec<u8>) -> Written {
    match part {
        Part::Null => text.extend_from_slice(b"null"),
        Part::Bool(value) => serde_json::to_writer(text, value)?,
        Part::Integer(value) => write_number(&Number::from(*value), text)?,
        Part::Text(value) => serde_json::to_writer(text, value)?,
        Part::Value(value) => write_value(value, text)?,
        Part::Map(members) => write_map(members, text)?,
        Part::Array(elements) => write_array(elements, text, write_part)?,
        Part::Object(members) => write_members(members.iter().map(|(name, value)| (*name, value)), text, write_part)?,
    }
    Ok(())
}

fn write_value(value: &Value, text: &mut Vec<u8>) -> Written {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => serde_json::to_writer(text, value),
        Value::Number(number) => write_number(number, text),
        Value::Array(elements) => write_array(elements, text, write_value),
        Value::Object(members) => write_map(members, text),
    }
}

fn write_map(members: &Map<String, Value>, text: &mut Vec<u8>) -> Written {
    write_members(members.iter().map(|(name, value)| (name.as_str(), value)), text, write_value)
}

fn write_array<T>(elements: &[T], text: &mut Vec<u8>, write: fn(&T, &mut Vec<u8>) -> Written) -> Written {
    text.push(b'[');
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write(element, text)?;
    }
    text.push(b']');
    Ok(())
}

fn write_members<'a, T: 'a>(
    members: impl Iterator<Item = (&'a str, &'a T)> + Clone,
    text: &mut Vec<u8>,
    write: fn(&T, &mut Vec<u8>) -> Written,
) -> Written {
    // Nearly all are in order as they come.
    if members.clone().is_sorted_by(|(a, _), (b, _)| in_order(a, b)) {
        return write_ordered(members, text, write);
    }
    let mut sorted: Vec<_> = members.collect();
    sorted.sort_unstable_by(|(a, _), (b, _)| utf16_order(a, b));
    write_ordered(sorted.into_iter(), text, write)
}

fn in_order(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() { a <= b } else { utf16_order(a, b).is_le() }
}

fn write_ordered<'a, T: 'a>(
    members: impl Iterator<Item = (&'a str, &'a T)>,
    text: &mut Vec<u8>,
    write: fn(&T, &mut Vec<u8>) -> Written,
) -> Written {
    text.push(b'{');
    for (place, (name, value)) in members.enumerate() {
        if place > 0 {
            text.push(b',');
        }
        serde_json::to_writer(&mut *text, name)?;
        text.push(b':');
        write(value, text)?;
    }
    text.push(b'}');
    Ok(())
}

/// ECMAScript's spelling is the library's; an integer that a double holds is its digits.
fn write_number(number: &Number, text: &mut Vec<u8>) -> Written {
    let safe = number.as_i64().is_some_and(|integer| integer.unsigned_abs() <= MAX_SAFE_INTEGER);
    if safe { serde_json::to_writer(text, number) } else { serde_json_canonicalizer::to_writer(number, text) }
}

/// The canonical form of an object given as text. Its members may stand in any order, with white space; its strings and
/// numbers must be spelled as `JSON.stringify` spells them, for their spelling is kept.
///
/// # Errors
///
/// If the text is no JSON object.
pub fn reorder(text: &str) -> Result<String, JsonError> {
    let mut scanner = Scanner::new(text);
    let members = members(&mut scanner)?;
    scanner.end()?;
    let mut canonical = Vec::with_capacity(text.len());
    write(&Node::Object(members), &mut canonical);
    // Parts of a text, cut at ASCII.
    Ok(String::from_utf8(canonical).unwrap_or_default())
}

/// A value, as far as its order matters.
enum Node<'a> {
    Object(Vec<Member<'a>>),
    Array(Vec<Node<'a>>),
    /// Anything else, as it is written.
    Scalar(&'a [u8]),
}

/// A member of an object; members compare by their names alone.
struct Member<'a> {
    name: Cow<'a, str>,
    /// The name as it is written between the quotes, escapes and all.
    raw: &'a [u8],
    value: Node<'a>,
}

impl Ord for Member<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        utf16_order(&self.name, &other.name)
    }
}

impl PartialOrd for Member<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Member<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Member<'_> {}

fn node<'a>(scanner: &mut Scanner<'a>) -> Result<Node<'a>, JsonError> {
    match scanner.peek() {
        Some(b'{') => members(scanner).map(Node::Object),
        Some(b'[') => {
            let mut elements = Vec::new();
            scanner.array(&mut |scanner| {
                elements.push(node(scanner)?);
                Ok(())
            })?;
            Ok(Node::Array(elements))
        }
        _ => scanner.skip().map(Node::Scalar),
    }
}

/// An object's members in canonical order. By a heap, since it is the smallest sort of the standard library in Wasm.
fn members<'a>(scanner: &mut Scanner<'a>) -> Result<Vec<Member<'a>>, JsonError> {
    let mut members = BinaryHeap::new();
    scanner.object(&mut |scanner, name| {
        let raw = name;
        let name = unescape(raw).ok_or_else(|| scanner.wrong(CANONICAL_TEXT))?;
        members.push(Member { name, raw, value: node(scanner)? });
        Ok(())
    })?;
    Ok(members.into_sorted_vec())
}

/// RFC 8785, section 3.2.3. It differs from the order of bytes only where surrogates meet U+E000 and above.
pub(crate) fn utf16_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

fn write(node: &Node<'_>, text: &mut Vec<u8>) {
    match node {
        Node::Scalar(raw) => text.extend_from_slice(raw),
        Node::Array(elements) => list(text, *b"[]", elements, write),
        Node::Object(members) => list(text, *b"{}", members, |Member { raw, value, .. }, text| {
            text.push(b'"');
            text.extend_from_slice(raw);
            text.extend_from_slice(b"\":");
            write(value, text);
        }),
    }
}

fn list<T>(text: &mut Vec<u8>, [open, close]: [u8; 2], items: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
    text.push(open);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write(item, text);
    }
    text.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The canonical form, in which both ways to it must agree.
    fn canonical(text: &str) -> String {
        let value: Value = serde_json::from_str(text).unwrap();
        let written = to_canonical(&value).unwrap();
        assert_eq!(Part::Value(&value).to_canonical().unwrap(), written);
        written
    }

    #[test]
    fn rfc_8785_section_3_2_2_the_sample_object() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(input), expected);
    }

    #[test]
    fn rfc_8785_section_3_2_3_keys_in_utf_16_order() {
        let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let expected = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew Letter"];
        let written = canonical(input);
        let places: Vec<_> = expected.iter().map(|name| written.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{written}");
    }

    #[test]
    fn rfc_8785_appendix_b_numbers() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(to_canonical(&f64::from_bits(bits)).unwrap(), expected, "{bits:x}");
            let value = Value::from(f64::from_bits(bits));
            assert_eq!(Part::Value(&value).to_canonical().unwrap(), expected, "{bits:x}");
        }
        assert!(to_canonical(&f64::NAN).is_err());
        assert!(to_canonical(&f64::INFINITY).is_err());
    }

    #[test]
    fn a_reordered_text_is_canonical() {
        let text = r#" {"b":[1e+21,{"z":-0.5,"a":"\u001f\n"}],"\ufb33":1,"\ud83d\ude00":2,"10":0,"9":{},"":[]}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        // Spelled as `JSON.stringify` does, which writes these names as they are.
        let text = text.replace("\\ufb33", "\u{fb33}").replace("\\ud83d\\ude00", "\u{1f600}");
        assert_eq!(reorder(&text).unwrap(), to_canonical(&value).unwrap());
        for broken in ["", "[]", "{", "{}x", "1"] {
            assert!(reorder(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn an_integer_that_is_no_double_is_written_as_ecmascript_would() {
        assert_eq!(canonical("9007199254740993"), "9007199254740992");
        assert_eq!(canonical("18446744073709551615"), "18446744073709552000");
        assert_eq!(canonical("-0"), "0");
        for integer in ["9007199254740991", "-9007199254740991", "-9007199254740993", "1", "-1", "0"] {
            canonical(integer);
        }
    }

    #[test]
    fn a_part_is_written_as_the_value_that_it_stands_for() {
        let (value, map) = (serde_json::json!([1.5, "\u{7}"]), serde_json::Map::from_iter([("k".into(), Value::Null)]));
        let part = Part::Object(vec![
            ("\u{fb33}", Part::Value(&value)),
            ("\u{1f600}", Part::Map(&map)),
            ("b", Part::Array(vec![Part::Null, Part::Bool(true), Part::Integer(-7), Part::Text("é\"\n")])),
            ("a\\", Part::Object(Vec::new())),
        ]);
        let same = serde_json::json!({
            "\u{fb33}": [1.5, "\u{7}"], "\u{1f600}": { "k": null }, "b": [null, true, -7, "é\"\n"], "a\\": {}
        });
        assert_eq!(part.to_canonical().unwrap(), to_canonical(&same).unwrap());
    }
}
