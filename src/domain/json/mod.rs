//! JSON text, read without building a value.

pub(crate) mod excerpt;
pub mod passing;
pub mod repeats;
pub mod scanner;
pub mod spelling;
pub mod window;
