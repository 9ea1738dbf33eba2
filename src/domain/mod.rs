//! The contract, in code: keys, format, verifier, reader and decisions.
//!
//! Pure: no I/O, no clock, no async, no JavaScript, and nothing that panics. Time is an argument, and what was
//! checked is a type: only [`verify`] makes a [`verify::VerifiedManifest`], and [`decide`] takes nothing else.

pub mod decide;
pub mod format;
pub mod headers;
pub mod json;
pub mod key;
pub mod read;
pub mod reason;
pub(crate) mod registry;
pub mod report;
pub mod time;
pub mod verify;
