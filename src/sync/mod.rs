//! The writing side, native only: reads Michael and publishes one verified snapshot to a store.
//!
//! I/O stands at the rim (`source`, `store`, the command line); what is in between is pure.

pub mod build;
pub mod cli;
pub mod clock_check;
pub mod columns;
pub mod command;
pub mod current;
pub mod cycle;
mod deliver;
pub mod diff;
pub mod error;
pub mod guard;
pub mod hold;
pub mod http;
pub mod output;
pub mod parse;
pub mod protect;
pub mod protocol;
pub mod publish;
mod read_back;
pub mod redact;
pub mod report;
mod restore;
pub mod retry;
pub mod schedule;
pub mod schema_check;
pub mod serve;
pub mod source;
pub mod status;
pub mod steps;
pub mod store;
pub mod terminal;
pub mod tls;
