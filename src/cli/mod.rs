//! The command `atlas-sync`: arguments, commands, and what is printed.

pub mod arguments;
pub mod commands;
pub mod output;
pub mod parse;
pub mod secrets;
pub mod source;
pub mod status;
pub mod store;
pub mod terminal;
