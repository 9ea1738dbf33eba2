//! A row's columns by type. Every error names the file or table, the row and the column, and says what was expected and
//! found.

use serde_json::{Map, Value};

use crate::domain::json::excerpt::shorten;
use crate::sync::source::{Row, TableRows};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub String);

#[derive(Clone, Copy)]
pub struct Columns<'a> {
    table: &'a TableRows,
    number: usize,
    row: &'a Row,
}

impl<'a> Columns<'a> {
    pub fn of(table: &'a TableRows) -> impl Iterator<Item = Self> {
        table.rows.iter().zip(1..).map(move |(row, number)| Self { table, number, row })
    }

    /// The row as errors name it: `widget_templates.json, row 3 (template_id "classic-light")`.
    pub fn place(&self) -> String {
        let named = |column: &&str| Some(format!("{column} {}", self.row.get(*column)?));
        let identity: Vec<_> = self.table.table.identity().iter().filter_map(named).collect();
        format!("{}, row {} ({})", self.table.origin, self.number, identity.join(", "))
    }

    pub fn problem(&self, message: &str) -> Problem {
        Problem(format!("{}: {message}", self.place()))
    }

    /// A text that is not empty.
    pub fn text(&self, column: &str) -> Result<&'a str, Problem> {
        let text = self.value(column).as_str().filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.wrong(column, "a text that is not empty"))
    }

    pub fn optional_word(&self, column: &str, words: &[&str]) -> Result<Option<&'a str>, Problem> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::String(word) if words.contains(&word.as_str()) => Ok(Some(word)),
            _ => Err(self.wrong(column, &format!("null or one of {}", words.join(", ")))),
        }
    }

    pub fn boolean(&self, column: &str) -> Result<bool, Problem> {
        self.value(column).as_bool().ok_or_else(|| self.wrong(column, "true or false"))
    }

    /// A boolean, or null, which counts as `false`.
    pub fn boolean_or_false(&self, column: &str) -> Result<bool, Problem> {
        match self.value(column) {
            Value::Null => Ok(false),
            _ => self.boolean(column),
        }
    }

    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, Problem> {
        match self.value(column) {
            Value::Null => Ok(None),
            value => integer(value).map(Some).ok_or_else(|| self.wrong(column, "an integer or null")),
        }
    }

    /// An array of texts, or null, which counts as an empty one.
    pub fn texts(&self, column: &str) -> Result<Vec<&'a str>, Problem> {
        match self.value(column) {
            Value::Null => Some(Vec::new()),
            Value::Array(values) => values.iter().map(Value::as_str).collect::<Option<_>>(),
            _ => None,
        }
        .map_or_else(|| Err(self.wrong(column, "an array of texts or null")), Ok)
    }

    pub fn object(&self, column: &str) -> Result<&'a Map<String, Value>, Problem> {
        self.value(column).as_object().ok_or_else(|| self.wrong(column, "a JSON object"))
    }

    pub fn optional_object(&self, column: &str) -> Result<Option<&'a Map<String, Value>>, Problem> {
        match self.value(column) {
            Value::Null => Ok(None),
            _ => self.object(column).map(Some),
        }
    }

    /// Any value; null if there is no such column.
    pub fn value(&self, column: &str) -> &'a Value {
        self.row.get(column).unwrap_or(&Value::Null)
    }

    fn wrong(&self, column: &str, expected: &str) -> Problem {
        let found =
            self.row.get(column).map_or_else(|| "no such column".to_owned(), |value| shorten(&value.to_string()));
        Problem(format!("{}, column {column}: expected {expected}, found {found}", self.place()))
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
