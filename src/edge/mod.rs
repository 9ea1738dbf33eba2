//! The reading side as WebAssembly: a thin layer around [`crate::domain`] for the JavaScript in `pkg-template/`.
//!
//! Every export is synchronous, and no JavaScript callback points into the instance. So a trap surfaces as an exception
//! in the call that caused it, and the loader can drop the instance while reads are in flight: their promises belong to
//! JavaScript, and their answers go to the next instance. There is no write path.

mod allocator;
mod client;
#[cfg(feature = "monitor")]
pub mod monitor;
mod numbers;
mod object;
#[cfg(feature = "verify")]
mod panics;
pub mod reader;
mod records;
pub mod sys;
#[cfg(feature = "verify")]
pub mod verify;
