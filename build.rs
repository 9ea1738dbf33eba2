//! Tells cargo when to compile again: a release holds the inspector's files (`src/dev/inspector.rs`), and a macro that
//! reads a folder does not say so itself. `www/dist` is always there; only its content is built.

fn main() {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let holds_the_page = variable("PROFILE") == "release" && !variable("TARGET").starts_with("wasm32");
    println!("cargo::rerun-if-changed={}", if holds_the_page { "www/dist" } else { "build.rs" });
}
