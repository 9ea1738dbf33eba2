//! Signatures natively: the fixtures that every reader shares, what a job signs and what it refuses to sign, the sign
//! command, and the rotation of keys.
#![cfg(not(target_arch = "wasm32"))]

mod command;
mod fixtures;
mod forged;
mod rotation;
mod runs;
mod support;
