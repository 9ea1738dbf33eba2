//! Atlas: the config and cache layer between Michael (Postgres) and Venice (the edge renderer).
//!
//! [`domain`] is the contract: keys, format, verifier, reader, decisions. It is pure, and both sides contain it. `edge` is
//! the WebAssembly package that Venice imports, and can only read. On the native side, `sync` is one run of the job that
//! Paris starts, `serve` the same job as a service, `dev` the local store that stands in for Vercel's on one machine,
//! `doctor` the checks of a setup, and `cli` the command `atlas-sync`.
//!
//! The two sides never meet: the `cfg`s below are the only place where the target decides what is built.

pub mod domain;

#[cfg(target_arch = "wasm32")]
pub mod edge;

// The program's own modules are public only for its tests.
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public only for the tests")]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public only for the tests")]
pub mod dev;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public only for the tests")]
pub mod doctor;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public only for the tests")]
pub mod serve;
#[cfg(not(target_arch = "wasm32"))]
#[allow(missing_docs, clippy::missing_errors_doc, reason = "public only for the tests")]
pub mod sync;
