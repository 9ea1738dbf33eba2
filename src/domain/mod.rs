//! The contract, in code: keys, format, verifier, reader and decisions.
//!
//! Pure: no I/O, no clock, no async, no JavaScript, and nothing that panics. Time is an argument, and what was
//! checked is a type: only [`verify`] makes a [`verify::VerifiedManifest`], and [`decision`] takes nothing else.

pub mod breaker;
pub mod canonical;
pub mod decision;
pub mod digest;
pub mod envelope;
pub mod error;
pub mod exchange;
pub mod freshness;
pub mod header;
pub mod health;
pub mod hint;
pub mod in_order;
pub mod journal;
pub mod json;
pub mod key;
pub mod log;
pub mod memo;
pub mod monitor;
pub mod options;
pub mod passing;
pub mod payload;
pub mod reader;
pub mod reason;
pub mod records;
pub mod repeats;
pub mod route;
pub mod shape;
pub mod snapshot;
pub mod spelling;
pub mod stats;
pub mod text;
pub mod time;
pub mod verify;
