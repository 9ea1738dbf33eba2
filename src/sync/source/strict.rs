//! JSON read strictly: what `serde_json` would change silently is a fault of its row here.
//!
//! Of two members with the same name it keeps the last, and it rounds long integers. Either would let the snapshot say
//! something that Michael does not.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::budget::{RowBudget, overhead};
use super::{Row, SourceError, Table, numbers};
use crate::sync::net::error::json_error;
use crate::sync::shown::excerpt;

/// Reads an array of rows, of which the first has this number.
pub fn rows(budget: &RowBudget, table: Table, origin: &str, first: usize, text: &str) -> Result<Vec<Row>, SourceError> {
    budget.take(origin, text.len())?;
    // Windows writes a byte order mark; RFC 8259, section 8.1, lets a parser ignore it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| SourceError::new(format!("{origin}: {}", json_error(&error))))?;
    budget.take(origin, rows.iter().map(|raw| overhead(raw.get())).sum())?;
    rows.into_iter().zip(first..).map(|(raw, number)| parsed(table, origin, number, raw.get())).collect()
}

/// Reads one row, an object by column name. Rows are counted from 1. JSON that cannot be published is a row with a fault;
/// only what is not JSON is an error.
pub fn row(budget: &RowBudget, table: Table, origin: &str, number: usize, text: &str) -> Result<Row, SourceError> {
    budget.take(origin, text.len() + overhead(text))?;
    parsed(table, origin, number, text)
}

fn parsed(table: Table, origin: &str, number: usize, text: &str) -> Result<Row, SourceError> {
    let message = match value(text) {
        Ok(Value::Object(row)) => return Ok(row.into()),
        Ok(other) => format!("expected a row, as an object by column name, found {}", excerpt(&other.to_string())),
        Err(message) => message,
    };
    let place = format!("{origin}, row {number}");
    serde_json::from_str::<&RawValue>(text)
        .map_err(|error| SourceError::new(format!("{place}: {}", json_error(&error))))?;
    // Read once more, column by column, to say where the fault is.
    let columns: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let fault = columns.iter().find_map(|(name, raw)| Some((name, value(raw.get()).err()?)));
    let column = fault.as_ref().map(|(name, _)| format!(", column {}", excerpt(name))).unwrap_or_default();
    let message = fault.map_or(message, |(_, message)| message);
    let identity = table.identity().iter().filter_map(|name| {
        let value = value(columns.get(*name)?.get()).ok()?;
        Some(((*name).to_owned(), value))
    });
    let known = Row::from(identity.collect::<Map<_, _>>());
    let named = known.named(table);
    Ok(known.with_fault(format!("{place}{named}{column}: {message}")))
}

fn value(text: &str) -> Result<Value, String> {
    let Strict(value) = serde_json::from_str(text).map_err(|error| json_error(&error))?;
    numbers::check(text)?;
    Ok(value)
}

/// A value in which no object has the same name twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(value)) = elements.next_element()? {
            array.push(value);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key()? {
            match object.entry::<String>(name) {
                Entry::Vacant(free) => drop(free.insert(members.next_value::<Strict>()?.0)),
                Entry::Occupied(taken) => {
                    let name = excerpt(taken.key());
                    return Err(A::Error::custom(format_args!("the member {name} appears twice in one object")));
                }
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with the text, or with the first row that has a fault.
    fn error(text: &str) -> String {
        match rows(&RowBudget::new(), Table::WidgetTemplates, "t.json", 1, text) {
            Ok(rows) => rows.iter().find_map(Row::fault).unwrap().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn both_sides_of_the_safe_integers() {
        let exact = ["9007199254740992", "-9007199254740992", "18446744073709551616", "1e20", "1.5E300"];
        for good in ["9007199254740991", "-9007199254740991", "0.5", "1e15", "-0"].iter().chain(&exact) {
            let rows =
                rows(&RowBudget::new(), Table::WidgetTemplates, "t.json", 1, &format!("[{{\"a\":{good}}}]")).unwrap();
            assert_eq!(rows[0].fault(), None, "{good}");
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
    fn an_error_shows_the_beginning_of_a_long_value() {
        let (long, digits) = ("x".repeat(10_000), "9".repeat(200));
        for text in [
            format!(r#"["{long}"]"#),
            format!(r#"[{{"{long}":1e400}}]"#),
            format!(r#"[{{"{long}":1,"{long}":2}}]"#),
            format!(r#"[{{"a":{digits}}}]"#),
            format!(r#"[{{"a":9007199254740993,"template_id":"{long}"}}]"#),
        ] {
            let error = error(&text);
            assert!(error.contains('…') && error.len() < 500, "{error}");
        }
    }

    #[test]
    fn a_large_double_is_published_as_javascript_spells_it() {
        for (text, canonical) in [
            ("1e20", "100000000000000000000"),
            ("1152921504606846976", "1152921504606847000"),
            ("1e21", "1e+21"),
            ("-9007199254740992", "-9007199254740992"),
        ] {
            for text in [text, canonical] {
                assert_eq!(serde_json_canonicalizer::to_string(&value(text).unwrap()).unwrap(), canonical, "{text}");
            }
        }
    }

    /// Each would take a thousand times its text in memory.
    #[test]
    fn short_rows_are_not_read_without_end() {
        for (count, good) in [(158_000, true), (161_000, false)] {
            let text = format!("[{}]", vec!["{}"; count].join(","));
            assert_eq!(rows(&RowBudget::new(), Table::PlanLimits, "t.json", 1, &text).is_ok(), good, "{count}");
            let (budget, mut taken) = (RowBudget::new(), 1..=count);
            assert_eq!(taken.all(|number| row(&budget, Table::PlanLimits, "t", number, "{}").is_ok()), good, "{count}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(
            rows(&RowBudget::new(), Table::WidgetTemplates, "t.json", 1, "\u{feff}[{\"a\":1}]").unwrap().len(),
            1
        );
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        assert!(error(r#"[{"a":1,"a":2}]"#).starts_with("t.json, row 1: the member a appears twice"));
        assert!(error(r#"[{"a":{"b":1,"b":1}}]"#).starts_with("t.json, row 1, column a: the member b appears twice"));
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_place() {
        assert!(error("[{\"a\":1},\n {\"a\":}]").contains("line 2 column 7"));
        assert!(error("{}").contains("expected a sequence"));
        assert_eq!(error(""), "t.json: EOF while parsing a value at line 1");
        let cell = row(&RowBudget::new(), Table::WidgetTemplates, "t", 1, "").unwrap_err().to_string();
        assert_eq!(cell, "t, row 1: EOF while parsing a value at line 1");
        assert_eq!(error("[1]"), "t.json, row 1: expected a row, as an object by column name, found 1");
    }
}
