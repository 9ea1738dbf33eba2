//! The reading side as a state machine without I/O.

mod behind;
mod breaker;
mod embedded;
mod memo;
mod options;
mod pace;
pub mod reader;
pub mod standing;
pub mod step;
