//! The `atlas-sync` command: reads the command line, runs `sync`, and ends with its exit code.

#[cfg(not(target_arch = "wasm32"))]
fn main() {}

/// A binary without a `main` for this target would break `wasm-pack test`; the command itself is native only.
#[cfg(target_arch = "wasm32")]
fn main() {}
