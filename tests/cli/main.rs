//! `atlas-sync` as its users run it: the real binary, real files, its exit codes, and what it prints.

#![cfg(not(target_arch = "wasm32"))]

mod bad_rows;
mod golden;
mod hostile;
mod killed;
mod line;
mod runs;
mod serve;
mod signing;
mod support;
mod variables;
mod verify;
