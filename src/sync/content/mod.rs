//! Michael's rows as the payloads of a snapshot. Pure.

mod bad_rows;
mod build;
mod columns;
mod payload;
mod record;
mod schema_check;

pub use bad_rows::Quarantined;
pub use build::{Content, OnBadRow, build};
pub use columns::Problem;
pub use payload::{Payload, Payloads};
pub use record::RecordName;
