//! The rows of all of Michael's tables at one moment.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::table::Table;
use crate::domain::time::Timestamp;
use crate::sync::shown::excerpt;

/// The values of a row by column name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Row {
    columns: Map<String, Value>,
    #[serde(skip)]
    fault: Option<String>,
}

impl Row {
    /// A row of which only this is known, since it cannot be published, whatever it means: the place and the reason.
    pub(super) fn with_fault(self, fault: String) -> Self {
        Self { fault: Some(fault), ..self }
    }

    /// What names the row, for errors: ` (template_id "classic-light")`; nothing if nothing does.
    pub fn named(&self, table: Table) -> String {
        let named = |column: &&str| Some(format!("{column} {}", excerpt(&self.get(column)?.to_string())));
        let columns: Vec<_> = table.identity().iter().filter_map(named).collect();
        if columns.is_empty() { String::new() } else { format!(" ({})", columns.join(", ")) }
    }

    pub fn get(&self, column: &str) -> Option<&Value> {
        self.columns.get(column)
    }

    pub fn insert(&mut self, column: String, value: Value) {
        self.columns.insert(column, value);
    }

    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    pub(super) fn map_fault(self, change: impl FnOnce(&str) -> String) -> Self {
        Self { fault: self.fault.as_deref().map(change), ..self }
    }
}

impl From<Map<String, Value>> for Row {
    fn from(columns: Map<String, Value>) -> Self {
        Self { columns, fault: None }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct TableRows {
    /// Where they were read, for errors: `rows/widget_templates.json`.
    pub origin: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Michael {
    pub tables: BTreeMap<Table, TableRows>,
    /// The server's time after it has sent all rows, if it is known; it is compared with this machine's clock.
    pub clock: Option<Timestamp>,
    /// What is odd about where they were read, for the report.
    pub warning: Option<String>,
    /// A name of the database that says nothing about it, if the database has one.
    pub identity: Option<String>,
}

impl Michael {
    pub fn rows(&self, table: Table) -> &[Row] {
        self.tables.get(&table).map_or(&[], |read| &read.rows)
    }

    pub fn origin(&self, table: Table) -> &str {
        self.tables.get(&table).map_or(table.name(), |read| &read.origin)
    }
}
