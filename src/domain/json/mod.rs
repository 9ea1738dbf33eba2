//! JSON text, read without building a value.

pub mod error;
pub(crate) mod excerpt;
pub mod repeats;
pub mod scanner;
pub mod skip;
pub mod spelling;
pub mod strings;
pub mod window;
