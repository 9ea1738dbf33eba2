//! The rows of all of Michael's tables at one moment.

use serde_json::{Map, Value};

use super::table::Table;
use crate::domain::time::Timestamp;

/// The values of a row by column name.
pub type Row = Map<String, Value>;

#[derive(Debug, Clone, PartialEq)]
pub struct TableRows {
    pub table: Table,
    /// Where they were read, for errors: `rows/widget_templates.json`.
    pub origin: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Michael {
    pub templates: TableRows,
    pub schemas: TableRows,
    pub features: TableRows,
    pub limits: TableRows,
    /// The server's time once it had given all rows, if it tells, to be compared with this machine's.
    pub clock: Option<Timestamp>,
}
