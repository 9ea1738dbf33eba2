//! A run against real stores: over HTTP with every fault, in races, killed at any point.

#![cfg(not(target_arch = "wasm32"))]

mod claims;
mod deadline;
mod faults;
mod guard;
mod hold;
mod killed;
mod marker;
mod matrix;
mod odd_stores;
mod provenance;
mod proxy;
mod quarantine;
mod races;
mod read_back;
mod restore;
mod secrets;
mod support;
mod unsteady;
mod vercel;
