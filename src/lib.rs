//! Atlas: the config and cache layer between Michael (Postgres) and Venice (the edge renderer).
//!
//! One crate, two sides. [`domain`] is the contract: keys, format, verifier, reader, decisions; it is pure and
//! is compiled into both. `edge` is the WebAssembly package that Venice imports, and can only read. `sync` is one run of
//! the native job that Paris starts, `serve` that job for long, `dev` the local store that stands in for Vercel's on one
//! machine, `doctor` what finds faults in a setup, and `cli` the command that has them all.
//!
//! The two sides never meet: the `cfg`s below are the only place where the target decides what is built.

pub mod domain;

#[cfg(target_arch = "wasm32")]
pub mod edge;

// The program's own modules, public for its tests alone: their docs say what a name does not.
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public for the tests alone")]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public for the tests alone")]
pub mod dev;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public for the tests alone")]
pub mod doctor;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public for the tests alone")]
pub mod serve;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public for the tests alone")]
pub mod sync;
