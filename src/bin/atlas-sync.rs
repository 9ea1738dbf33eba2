//! The `atlas-sync` command: the entry point and the allocator. Everything else is in the library.

/// A run makes many small values, and the system's allocator takes a third of its time.
#[cfg(not(target_arch = "wasm32"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    atlas::cli::main()
}

/// A binary without a `main` for this target would break `wasm-pack test`; the command itself is native only.
#[cfg(target_arch = "wasm32")]
fn main() {}
