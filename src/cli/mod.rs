//! The command `atlas-sync`: arguments, commands, and what is printed.

mod address;
mod arguments;
mod bug;
mod commands;
mod doctor;
mod duration;
mod export;
mod keys;
mod log;
mod log_thread;
mod notify;
mod number;
mod operators;
mod options;
mod output;
mod parse;
mod printing;
pub mod secrets;
mod services;
mod signing;
mod source;
mod status;
mod store;
mod terminal;

pub use commands::main;
