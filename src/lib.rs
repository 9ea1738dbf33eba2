//! Atlas: the config and cache layer between Michael (Postgres) and Venice (the edge renderer).
//!
//! One crate, two sides. [`domain`] is the contract: keys, format, verifier, reader, decisions; it is pure and
//! is compiled into both. `edge` is the WebAssembly package that Venice imports, and can only read. `sync` is
//! the native job that Paris runs, and `dev` the local store that stands in for Vercel's on one machine.
//!
//! The two sides never meet: the `cfg`s below are the only place where the target decides what is built.

pub mod domain;

#[cfg(target_arch = "wasm32")]
pub mod edge;

#[cfg(not(target_arch = "wasm32"))]
pub mod dev;
#[cfg(not(target_arch = "wasm32"))]
pub mod sync;
