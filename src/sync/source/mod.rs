//! Where the rows come from: Michael's four tables, as JSON objects by column name.
//!
//! A source only fetches. Whatever the rows come through, they have one spelling here ([`strict`]), and `build`
//! alone decides what they mean.

pub mod built_in;
mod error;
pub mod file;
mod lock;
mod numbers;
pub mod postgres;
mod row;
pub mod strict;
pub mod supabase;

pub use error::SourceError;
pub use lock::{HeldLock, Holder, Lock, Reading};
pub use row::Row;

use std::fmt;

use async_trait::async_trait;

use crate::domain::time::Timestamp;

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

    /// The columns that the snapshot is made of. A database is asked for no others.
    #[must_use]
    pub const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::WidgetTemplates => &[
                "template_id",
                "widget_type",
                "name",
                "layout",
                "skin",
                "density",
                "accents",
                "premium",
                "schema_version",
                "defaults",
                "descriptor",
            ],
            Self::WidgetSchemas => &["widget_type", "schema_version", "schema"],
            Self::PlanFeatures => &["plan_id", "feature_key", "enabled"],
            Self::PlanLimits => &["plan_id", "limit_type", "limit_value", "enforcement", "grace_amount"],
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

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

    /// Reads as [`Source::read`] does, under the lock that keeps a second run for this store out, if the source has
    /// one. `store` is the store's name, as [`Store::describe`](crate::sync::store::Store::describe) gives it: runs for
    /// different stores do not wait for each other.
    ///
    /// # Errors
    ///
    /// [`SourceError::Locked`] at once if another run holds it, and those of [`Source::read`].
    async fn read_locked(&self, store: &str) -> Result<Reading, SourceError> {
        let _ = store;
        Ok(Reading { michael: self.read().await?, lock: Lock::none() })
    }
}
