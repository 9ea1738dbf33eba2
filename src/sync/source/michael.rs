//! The rows of all of Michael's tables, of one moment.

use super::row::Row;
use super::table::Table;
use crate::domain::time::Timestamp;

/// The rows of one table, and where they were read, for errors: `rows/widget_templates.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRows {
    /// Which table.
    pub table: Table,
    /// A file, or a table of a database.
    pub origin: String,
    /// The rows, in the order in which they came.
    pub rows: Vec<Row>,
}

/// The rows of all four tables, of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Michael {
    /// Templates.
    pub templates: TableRows,
    /// Schemas.
    pub schemas: TableRows,
    /// Features.
    pub features: TableRows,
    /// Limits.
    pub limits: TableRows,
    /// The time of the server when it had given all of them, if it tells: to be compared with this machine's.
    pub clock: Option<Timestamp>,
}
