//! One row of a table: values by column name, in the order in which they came.
//!
//! A table has thousands of rows and a dozen columns, all with the same names: so a row is a list, and the names that
//! Atlas asks for are not copied.

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// Values by column name, each name once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row(Vec<(Cow<'static, str>, Value)>);

impl Row {
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    pub fn insert(&mut self, column: Cow<'static, str>, value: Value) {
        match self.0.iter_mut().find(|(name, _)| *name == column) {
            Some((_, there)) => *there = value,
            None => self.0.push((column, value)),
        }
    }
}

impl FromIterator<(Cow<'static, str>, Value)> for Row {
    fn from_iter<I: IntoIterator<Item = (Cow<'static, str>, Value)>>(columns: I) -> Self {
        let mut row = Self::default();
        columns.into_iter().for_each(|(column, value)| row.insert(column, value));
        row
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
