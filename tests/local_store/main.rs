//! The local store over real HTTP, and its state file under several processes and a `kill -9`.

#![cfg(not(target_arch = "wasm32"))]

mod backups;
mod disk;
mod faults;
mod loopback;
mod read;
mod stop;
mod support;
mod write;
