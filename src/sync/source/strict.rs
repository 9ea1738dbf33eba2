//! JSON read strictly: what `serde_json` would change without a word is an error here.
//!
//! It keeps the last of two equal member names, and it would hand on integers that JavaScript rounds. Both would let
//! the snapshot say something else than Michael does.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::numbers::{self, MAX_SAFE_INTEGER};
use super::{Row, SourceError, Table};

pub fn rows(table: Table, origin: &str, text: &str) -> Result<Vec<Row>, SourceError> {
    rows_from(table, origin, 1, text)
}

pub fn rows_from(table: Table, origin: &str, first: usize, text: &str) -> Result<Vec<Row>, SourceError> {
    // Windows writes a byte order mark; RFC 8259, section 8.1, lets a parser pass over it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| no_rows(origin, &error))?;
    rows.into_iter().zip(first..).map(|(raw, number)| row(table, origin, number, raw.get())).collect()
}

/// Reads one row: an object by column name. Rows are counted from 1.
pub fn row(table: Table, origin: &str, number: usize, text: &str) -> Result<Row, SourceError> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let row = Columns { table, value: Strict }.deserialize(&mut parser);
    row.and_then(|columns| parser.end().map(|()| columns))
        .and_then(|columns| numbers::check(text).map(|()| columns.into_iter().collect()))
        .map_err(|error| defect(table, origin, number, text, &error))
}

pub fn value(text: &str) -> Result<Value, serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut parser)?;
    parser.end()?;
    numbers::check(text).map(|()| value)
}

/// What is wrong with a row that could not be read, with its column: so each is read once more, by itself.
fn defect(table: Table, origin: &str, number: usize, text: &str, error: &serde_json::Error) -> SourceError {
    let at = |identity, column, error: &serde_json::Error| SourceError::Rows {
        origin: origin.to_owned(),
        row: Some(number),
        identity,
        column,
        message: error.to_string(),
    };
    let mut parser = serde_json::Deserializer::from_str(text);
    let raw = Columns { table, value: PhantomData::<&RawValue> }.deserialize(&mut parser);
    let columns = match raw.and_then(|columns| parser.end().map(|()| columns)) {
        Ok(columns) => columns,
        Err(error) => return at(String::new(), None, &error),
    };
    let first = columns.iter().find_map(|(name, raw)| Some((name, value(raw.get()).err()?)));
    match first {
        Some((name, error)) => at(identity(&columns, table), Some(name.clone().into_owned()), &error),
        None => at(identity(&columns, table), None, error),
    }
}

fn no_rows(origin: &str, error: &serde_json::Error) -> SourceError {
    SourceError::Rows {
        origin: origin.to_owned(),
        row: None,
        identity: String::new(),
        column: None,
        message: error.to_string(),
    }
}

/// The columns that name a row, as they are written: ` (template_id "classic-light")`.
fn identity(columns: &[(Cow<'static, str>, &RawValue)], table: Table) -> String {
    let written = |wanted: &&str| {
        let (name, raw) = columns.iter().find(|(name, _)| name == wanted)?;
        Some(format!("{name} {}", raw.get()))
    };
    let named: Vec<_> = table.identity().iter().filter_map(written).collect();
    if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
}

/// Reads the columns of a row, each with this; the same name twice is refused.
struct Columns<V> {
    table: Table,
    value: V,
}

impl<'de, V: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for Columns<V> {
    type Value = Vec<(Cow<'static, str>, V::Value)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, V: DeserializeSeed<'de> + Copy> Visitor<'de> for Columns<V> {
    type Value = Vec<(Cow<'static, str>, V::Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row, as an object by column name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut columns = Self::Value::with_capacity(self.table.columns().len());
        while let Some(name) = map.next_key_seed(ColumnName(self.table))? {
            let value = map.next_value_seed(self.value)?;
            if columns.iter().any(|(seen, _)| *seen == name) {
                return Err(A::Error::custom(format_args!("the column {name} stands twice")));
            }
            columns.push((name, value));
        }
        Ok(columns)
    }
}

struct ColumnName(Table);

impl<'de> DeserializeSeed<'de> for ColumnName {
    type Value = Cow<'static, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ColumnName {
    type Value = Cow<'static, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.column(name))
    }
}

/// Reads a JSON value without doubled names and without integers that a double cannot hold.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "what a double cannot hold is refused by `numbers::check`")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_SAFE_INTEGER { double(value as f64) } else { Ok(Value::from(value)) }
    }

    #[expect(clippy::cast_precision_loss, reason = "what a double cannot hold is refused by `numbers::check`")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_SAFE_INTEGER { double(value as f64) } else { Ok(Value::from(value)) }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        double(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(value) = elements.next_element_seed(Self)? {
            array.push(value);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match object.entry(name) {
                Entry::Vacant(free) => drop(free.insert(members.next_value_seed(Self)?)),
                Entry::Occupied(taken) => {
                    let name = taken.key();
                    return Err(A::Error::custom(format_args!("the member {name} stands twice in one object")));
                }
            }
        }
        Ok(Value::Object(object))
    }
}

fn double<E: Error>(value: f64) -> Result<Value, E> {
    Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("the number is not finite"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        rows(Table::WidgetTemplates, "t.json", text).unwrap_err().to_string()
    }

    #[test]
    fn both_sides_of_the_safe_integers() {
        let exact = ["9007199254740992", "-9007199254740992", "18446744073709551616", "1e20", "1.5E300"];
        for good in ["9007199254740991", "-9007199254740991", "0.5", "1e15", "-0"].iter().chain(&exact) {
            assert!(rows(Table::WidgetTemplates, "t.json", &format!("[{{\"a\":{good}}}]")).is_ok(), "{good}");
        }
        for bad in ["9007199254740993", "-9007199254740993", "18446744073709551617", "1e400"] {
            let text = format!("[{{\"a\":0}},{{\"b\":{{\"c\":[{bad}]}}}}]");
            assert!(error(&text).starts_with("t.json, row 2, column b: "), "{}", error(&text));
        }
    }

    #[test]
    fn an_error_names_the_row_by_its_identity() {
        let text = r#"[{"defaults":{"a":9007199254740993},"template_id":"classic"}]"#;
        let place = r#"t.json, row 1 (template_id "classic"), column defaults: the number 9007199254740993"#;
        assert!(error(text).starts_with(place), "{}", error(text));
    }

    #[test]
    fn a_large_double_is_published_as_javascript_spells_it() {
        for (text, canonical) in [
            ("1e20", "100000000000000000000"),
            ("1152921504606846976", "1152921504606847000"),
            ("1e21", "1e+21"),
            ("-9007199254740992", "-9007199254740992"),
        ] {
            let value = value(text).unwrap();
            assert_eq!(serde_json_canonicalizer::to_string(&value).unwrap(), canonical);
            assert_eq!(super::value(canonical).unwrap(), value, "{canonical} reads back");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(rows(Table::WidgetTemplates, "t.json", "\u{feff}[{\"a\":1}]").unwrap().len(), 1);
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        assert!(error(r#"[{"a":1,"a":2}]"#).starts_with("t.json, row 1: the column a stands twice"));
        assert!(error(r#"[{"a":{"b":1,"b":1}}]"#).starts_with("t.json, row 1, column a: the member b stands twice"));
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_place() {
        assert!(error("[{\"a\":1},\n {\"a\":}]").contains("line 2 column 7"));
        assert!(error("{}").contains("expected a sequence"));
        assert!(error("[1]").starts_with("t.json, row 1: invalid type: integer `1`, expected a row"));
    }
}
