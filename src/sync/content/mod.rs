//! What Michael says, as the snapshot will say it. Pure.

pub mod build;
pub mod columns;
pub mod schema_check;
