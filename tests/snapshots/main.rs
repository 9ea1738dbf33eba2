//! Every fixture of `tests/fixtures/snapshots`, each a store with one defect: the verdict on each entry, and the
//! decision on the lookup. The same list runs natively and, through the exports that the npm package calls, in Wasm
//! (`wasm-pack test --headless --chrome`).

mod fixture;

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
mod registry;
#[cfg(target_arch = "wasm32")]
mod wasm;
