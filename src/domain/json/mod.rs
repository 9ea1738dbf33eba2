//! JSON text, read without building a value.

pub(crate) mod excerpt;
pub mod repeats;
pub mod scanner;
pub mod skip;
pub mod spelling;
pub mod window;
