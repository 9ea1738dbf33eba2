//! The writing side, native only: reads Michael and publishes one verified snapshot to a store.
//!
//! I/O stands at the rim (`source`, `store`, the command line); what is in between is pure.

pub mod build;
pub mod cli;
pub mod columns;
pub mod command;
pub mod current;
pub mod cycle;
pub mod diff;
pub mod error;
pub mod output;
pub mod publish;
pub mod report;
pub mod schema_check;
pub mod source;
pub mod store;
pub mod tls;
