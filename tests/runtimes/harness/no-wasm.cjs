// Preloaded into Node: Wasm cannot be compiled synchronously, as where a policy forbids it. With `--jitless` Node's own
// fetch would fail too, which compiles its parser of HTTP.
WebAssembly.Module = class {
  constructor() {
    throw new WebAssembly.CompileError("Wasm code generation disallowed by the test");
  }
};
