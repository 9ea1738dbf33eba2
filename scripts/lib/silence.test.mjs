import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";

import { silenced } from "./silence.mjs";

/** A Wasm whose `divide` panics for 0, with a message that takes four pages, and gives a tenth of any other number. */
const DIVIDE = `
  (func $core::panicking::panic_fmt::h0123456789abcdef (param i32) (call $core::fmt::write) (unreachable))
  (func $core::fmt::write (call $grow) (call $grow) (call $grow) (call $grow))
  (func $grow (drop (memory.grow (i32.const 1))))
  (func $divide (export "divide") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (call $core::panicking::panic_fmt::h0123456789abcdef (local.get 0))))
    (i32.div_u (local.get 0) (i32.const 10)))`;

test("a panic traps without a message, and everything else runs as before", () => {
  const [loud, quiet] = [wasmOf(DIVIDE), silenced(wasmOf(DIVIDE))].map((wasm) => new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports);
  for (const { divide, memory } of [loud, quiet]) {
    assert.equal(divide(420), 42);
    assert.throws(() => divide(0), WebAssembly.RuntimeError);
    assert.equal(memory.buffer.byteLength / 65_536, memory === loud.memory ? 5 : 1);
  }
});

test("who formats without a panic is named", () => {
  const wasm = wasmOf(`${DIVIDE} (func $"<atlas::Key as ToString>::to_string" (export "name") (call $core::fmt::write))`);
  assert.throws(() => silenced(wasm), /^Error: <atlas::Key as ToString>::to_string calls core::fmt::write: expected no formatting/);
});

test("a function that returns is no panic, whatever it is called", () => {
  const wasm = silenced(wasmOf(`${DIVIDE} (func $std::panic_count (export "count") (result i32) (i32.const 7))`));
  assert.equal(new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports.count(), 7);
});

test("without the names of its functions a Wasm is refused", () => {
  assert.throws(() => silenced(wasmOf(DIVIDE, false)), /expected its functions to have names/);
});

function wasmOf(functions, named = true) {
  binaryen.setDebugInfo(named);
  const module = binaryen.parseText(`(module (memory (export "memory") 1) ${functions})`);
  return module.emitBinary();
}
