//! The allocator of the instance: Talc instead of the standard library's dlmalloc, which is five times its size.

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();
