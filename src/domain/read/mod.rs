//! The reading side as a state machine without I/O.

mod behind;
pub mod breaker;
mod embedded;
pub mod memo;
pub mod options;
pub mod pace;
pub mod reader;
pub mod standing;
pub mod step;
