//! The rows of all of Michael's tables, of one moment.

use super::row::Row;
use super::table::Table;
use crate::domain::time::Timestamp;

/// The rows of one table, and where they were read, for errors: `rows/widget_templates.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRows {
    pub table: Table,
    /// A file, or a table of a database.
    pub origin: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Michael {
    pub templates: TableRows,
    pub schemas: TableRows,
    pub features: TableRows,
    pub limits: TableRows,
    /// The time of the server when it had given all of them, if it tells: to be compared with this machine's.
    pub clock: Option<Timestamp>,
}
