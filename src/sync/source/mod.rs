//! Where the rows come from: Michael's four tables, as JSON objects by column name.
//!
//! A source only fetches. Whatever the rows come through, they have one spelling here ([`strict`]), and `build`
//! alone decides what they mean.

pub mod built_in;
pub mod file;
pub mod strict;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

/// A table of Michael that Atlas reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Templates.
    WidgetTemplates,
    /// JSON Schemas by widget type and version.
    WidgetSchemas,
    /// Features by plan.
    PlanFeatures,
    /// Limits by plan.
    PlanLimits,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 4] = [Self::WidgetTemplates, Self::WidgetSchemas, Self::PlanFeatures, Self::PlanLimits];

    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WidgetTemplates => "widget_templates",
            Self::WidgetSchemas => "widget_schemas",
            Self::PlanFeatures => "plan_features",
            Self::PlanLimits => "plan_limits",
        }
    }

    /// The columns that name one row.
    #[must_use]
    pub const fn identity(self) -> &'static [&'static str] {
        match self {
            Self::WidgetTemplates => &["template_id"],
            Self::WidgetSchemas => &["widget_type", "schema_version"],
            Self::PlanFeatures => &["plan_id", "feature_key"],
            Self::PlanLimits => &["plan_id", "limit_type"],
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One row: values by column name.
pub type Row = BTreeMap<String, Value>;

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
}

/// Why the rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file is missing or cannot be opened.
    #[error("could not read {path}: {source}; {advice}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// What was read is no table of rows.
    #[error("{origin}{}: {message}", at(*row, column.as_deref()))]
    Rows {
        /// The file or table.
        origin: String,
        /// The row, counted from 1, if it is one row's fault.
        row: Option<usize>,
        /// The column, if it is one column's fault.
        column: Option<String>,
        /// What was expected and what was found.
        message: String,
    },
    /// A table that must have rows has none.
    #[error("{origin}: expected at least one row, found none; an empty snapshot is never published")]
    Empty {
        /// The file or table.
        origin: String,
    },
}

fn at(row: Option<usize>, column: Option<&str>) -> String {
    let row = row.map(|row| format!(", row {row}")).unwrap_or_default();
    let column = column.map(|column| format!(", column {column}")).unwrap_or_default();
    format!("{row}{column}")
}

/// A place that has Michael's rows.
#[async_trait]
pub trait Source: Send + Sync {
    /// What it is, for reports and logs, without secrets.
    fn describe(&self) -> String;

    /// Reads all four tables as they were at one moment.
    ///
    /// # Errors
    ///
    /// What could not be read, and where.
    async fn read(&self) -> Result<Michael, SourceError>;
}
