//! Prints a panic's message before the trap that follows it. The edge entry is without it, and without any message
//! (`scripts/lib/silence.mjs`): a panic is a bug that the same tests find in the other builds.

use wasm_bindgen::prelude::*;

/// Runs when an instance is made.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(console_error_panic_hook::hook));
}
