//! Michael's rows as the payloads of a snapshot. Pure.

pub mod bad_rows;
pub mod build;
pub(crate) mod columns;
pub mod payload;
pub mod record;
pub(crate) mod schema_check;

pub use bad_rows::Quarantined;
pub use build::{Content, OnBadRow, build};
pub use columns::Problem;
pub use payload::{Payload, Payloads};
pub use record::RecordName;
