//! A row's columns by type. Every error names the file or table, the row and the column, and says what was expected and
//! found.

use serde_json::{Map, Value};

use crate::domain::json::excerpt::shorten;
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
        let named = |column: &&str| Some(format!("{column} {}", self.row.get(*column)?));
        let identity: Vec<_> = self.table.identity().iter().filter_map(named).collect();
        format!("{}, row {} ({})", self.origin, self.number, identity.join(", "))
    }

    pub fn problem(&self, message: &str) -> Problem {
        Problem(format!("{}: {message}", self.place()))
    }

    /// A text that is not empty.
    pub fn text(&self, column: &str) -> Result<&'a str, Problem> {
        self.read(column, "a text that is not empty", |value| value.as_str().filter(|text| !text.trim().is_empty()))
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

    pub fn object(&self, column: &str) -> Result<&'a Map<String, Value>, Problem> {
        self.read(column, "a JSON object", Value::as_object)
    }

    pub fn optional_object(&self, column: &str) -> Result<Option<&'a Map<String, Value>>, Problem> {
        self.optional(column, "a JSON object", Value::as_object)
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
            let found = self.row.get(column).map_or("no such column".to_owned(), |value| shorten(&value.to_string()));
            Problem(format!("{}, column {column}: expected {expected}, found {found}", self.place()))
        })
    }
}

pub(crate) fn schema_name(widget_type: &str, version: &str) -> String {
    format!("{widget_type}@{version}")
}

/// An integer, with any number of zeros after the point: a column `numeric(10, 2)` gives `5.00`.
fn integer(value: &Value) -> Option<i64> {
    let with_fraction = || value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
    value.as_i64().or_else(|| format!("{:.0}", with_fraction()?).parse().ok())
}
