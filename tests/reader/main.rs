//! The reading side as a state machine: what it asks of the store and when, and what it decides from the answers.
//! There is no store and no clock here; the test hands both in.

#![cfg(not(target_arch = "wasm32"))]

mod behind;
mod breaker;
mod embedded;
mod events;
mod jitter;
mod judged;
mod late;
mod property;
mod refresh;
mod support;
