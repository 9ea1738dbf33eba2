//! The reading side as WebAssembly: a thin rim around [`crate::domain`], for the JavaScript in `pkg-template/`.
//!
//! Every export is synchronous, and no JavaScript callback points into the instance. So a trap surfaces as an
//! exception where it happened, and the loader can drop the instance while reads are under way: their promises are
//! JavaScript's, and what they bring goes to the next instance. There is no write path here.

mod allocator;
mod client;
pub mod exports;
#[cfg(feature = "monitor")]
pub mod monitor;
mod numbers;
mod object;
pub mod reader;
mod records;
pub mod sys;
