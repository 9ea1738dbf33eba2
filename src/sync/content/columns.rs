//! A row's columns by type. Every error names the file or table, the row and the column, and says what was expected and
//! found.

use serde_json::{Map, Value};

use crate::domain::decide::route::LONGEST_NAME;
use crate::domain::json::scanner::MAX_SAFE_INTEGER;
use crate::domain::json::skip::MAX_DEPTH;
use crate::sync::shown::excerpt;
use crate::sync::source::{Michael, Row, Table};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

#[derive(Clone, Copy)]
pub struct Columns<'a> {
    table: Table,
    origin: &'a str,
    number: usize,
    row: &'a Row,
}

impl<'a> Columns<'a> {
    pub fn of(michael: &'a Michael, table: Table) -> impl Iterator<Item = Self> {
        let origin = michael.origin(table);
        michael.rows(table).iter().zip(1..).map(move |(row, number)| Self { table, origin, number, row })
    }

    /// The row as errors name it: `widget_templates.json, row 3 (template_id "classic-light")`.
    pub fn place(&self) -> String {
        format!("{}, row {}{}", self.origin, self.number, self.row.named(self.table))
    }

    /// A problem if the row cannot be published, whatever it means.
    pub fn whole(&self) -> Result<(), Problem> {
        self.row.fault().map_or(Ok(()), |fault| Err(Problem(fault.to_owned())))
    }

    pub fn problem(&self, message: &str) -> Problem {
        Problem(format!("{}: {message}", self.place()))
    }

    /// A text that is not empty.
    pub fn text(&self, column: &str) -> Result<&'a str, Problem> {
        self.read(column, "a text that is not empty", |value| value.as_str().filter(|text| !text.trim().is_empty()))
    }

    /// A text by which a reader may look up the record.
    pub fn name(&self, column: &str) -> Result<&'a str, Problem> {
        let name = self.text(column)?;
        if name.encode_utf16().count() <= LONGEST_NAME {
            return Ok(name);
        }
        let (place, found) = (self.place(), excerpt(name));
        let expected = format!("a name of at most {LONGEST_NAME} characters, which is all that readers look up");
        Err(Problem(format!("{place}, column {column}: expected {expected}, found a longer one: {found}")))
    }

    pub fn optional_word(&self, column: &str, words: &[&str]) -> Result<Option<&'a str>, Problem> {
        let expected = format!("null or one of {}", words.join(", "));
        self.optional(column, &expected, |value| value.as_str().filter(|word| words.contains(word)))
    }

    pub fn boolean(&self, column: &str) -> Result<bool, Problem> {
        self.read(column, "true or false", Value::as_bool)
    }

    /// A boolean, or null, which counts as `false`.
    pub fn boolean_or_false(&self, column: &str) -> Result<bool, Problem> {
        Ok(self.optional(column, "true or false", Value::as_bool)?.unwrap_or_default())
    }

    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, Problem> {
        self.optional(column, "an integer or null", integer)
    }

    /// An array of texts, or null, which counts as an empty one.
    pub fn texts(&self, column: &str) -> Result<Vec<&'a str>, Problem> {
        let texts = |value: &'a Value| value.as_array()?.iter().map(Value::as_str).collect();
        Ok(self.optional(column, "an array of texts or null", texts)?.unwrap_or_default())
    }

    /// An object that nests no deeper than a reader takes.
    pub fn object(&self, column: &str) -> Result<&'a Map<String, Value>, Problem> {
        let levels = most_levels(self.table);
        let expected = format!("a JSON object of at most {levels} levels");
        self.read(column, &expected, |value| value.as_object().filter(|_| is_within(value, levels)))
    }

    pub fn optional_object(&self, column: &str) -> Result<Option<&'a Map<String, Value>>, Problem> {
        if self.value(column).is_null() { Ok(None) } else { self.object(column).map(Some) }
    }

    /// Any value; null if there is no such column.
    pub fn value(&self, column: &str) -> &'a Value {
        self.row.get(column).unwrap_or(&Value::Null)
    }

    fn optional<T>(
        &self,
        column: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        if self.value(column).is_null() { Ok(None) } else { self.read(column, expected, read).map(Some) }
    }

    fn read<T>(&self, column: &str, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<T, Problem> {
        read(self.value(column)).ok_or_else(|| {
            let found = self.row.get(column).map_or("no such column".to_owned(), |value| excerpt(&value.to_string()));
            Problem(format!("{}, column {column}: expected {expected}, found {found}", self.place()))
        })
    }
}

/// How many levels a column's object may have, so that its entry has no more than a reader takes.
const fn most_levels(table: Table) -> u32 {
    // Around it are the entry, the payload and the record; around a schema its widget type, too.
    let around = match table {
        Table::WidgetSchemas => 4,
        Table::WidgetTemplates | Table::PlanFeatures | Table::PlanLimits => 3,
    };
    MAX_DEPTH - around
}

/// Whether a value has no more levels of objects and arrays than these.
fn is_within(value: &Value, levels: u32) -> bool {
    let below = |inside: &Value| levels.checked_sub(1).is_some_and(|levels| is_within(inside, levels));
    match value {
        Value::Object(members) => levels > 0 && members.values().all(below),
        Value::Array(elements) => levels > 0 && elements.iter().all(below),
        _ => true,
    }
}

/// An integer, with any number of zeros after the point: a column `numeric(10, 2)` gives `5.00`.
fn integer(value: &Value) -> Option<i64> {
    let with_fraction = || value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
    let integer = value.as_i64().or_else(|| format!("{:.0}", with_fraction()?).parse().ok());
    integer.filter(|integer| integer.unsigned_abs() <= MAX_SAFE_INTEGER)
}
