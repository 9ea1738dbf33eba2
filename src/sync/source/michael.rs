//! The rows of all of Michael's tables at one moment.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::table::Table;
use crate::domain::time::Timestamp;

/// The values of a row by column name.
pub type Row = Map<String, Value>;

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
}

impl Michael {
    pub fn rows(&self, table: Table) -> &[Row] {
        self.tables.get(&table).map_or(&[], |read| &read.rows)
    }

    pub fn origin(&self, table: Table) -> &str {
        self.tables.get(&table).map_or(table.name(), |read| &read.origin)
    }
}
