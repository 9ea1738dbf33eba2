// Stands in for the package's `wasm-module.js` (see build/wasm-as-file.mjs): the same Wasm, from a file.
import url from "../../../pkg/lib/verify_bg.wasm?url";

const compiled = await WebAssembly.compileStreaming(fetch(url));

export const wasmModule = (): WebAssembly.Module => compiled;
