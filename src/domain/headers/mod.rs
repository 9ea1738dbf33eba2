//! What Atlas writes into and reads from HTTP headers.

pub mod error;
pub mod hint;
pub mod structured;
