//! The `atlas-sync` command. What it does is in the library; here it only starts.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    atlas::sync::command::main()
}

/// A binary without a `main` for this target would break `wasm-pack test`; the command itself is native only.
#[cfg(target_arch = "wasm32")]
fn main() {}
