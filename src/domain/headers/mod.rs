//! The HTTP headers that Atlas writes and reads.

pub mod error;
pub mod hint;
pub mod structured;
