// Takes out of a Wasm what makes the message of a panic. Where a panic is a trap and nothing else, nobody reads it, but the
// standard library formats it all the same: 7 % of the reader's Wasm with gzip. On stable Rust no flag leaves that out
// (`panic_immediate_abort` takes a standard library of one's own), so panics are emptied here, and wasm-opt drops what only
// they called.
import binaryen from "binaryen";

/** What panics. It never returns. */
const PANIC = /::(panic|panic_\w+|unwrap_failed|expect_failed|slice_index_fail|handle_error|handle_alloc_error|rust_begin_unwind)$/;
/** What a panic calls to make its message, some of it through tables, which no optimiser sees through. */
const MESSAGE = /\b(fmt|panicking)::/;
/** The hash with which Rust ends a name, and the number that Binaryen adds to one that occurs twice. */
const SUFFIX = /(::h[0-9a-f]{16})?(\[\d+\])?$/;

/**
 * The Wasm with a trap in place of every panic. Its functions must have their names.
 *
 * @param {Uint8Array} wasm
 * @throws if nothing panics, or if something else than panics formats: that would trap.
 */
export function silenced(wasm) {
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(wasm);
  try {
    const silent = silentIn(bodiesOf(module.emitText()));
    for (const name of silent) {
      const { params, results } = binaryen.getFunctionInfo(module.getFunction(name));
      module.removeFunction(name);
      module.addFunction(name, params, results, [], module.unreachable());
    }
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/**
 * The names of the functions to empty.
 *
 * @param {Map<string, string>} bodies the text of each function
 */
function silentIn(bodies) {
  const panics = [...bodies.keys()].filter((name) => PANIC.test(name.replace(SUFFIX, "")) && endsInTrap(bodies.get(name)));
  if (panics.length === 0) throw new Error("the Wasm has no panic: expected its functions to have names");
  const messages = [...bodies.keys()].filter((name) => MESSAGE.test(name) && !panics.includes(name));
  const silent = [...panics, ...messages];
  for (const [name, body] of bodies) {
    const called = silent.includes(name) ? undefined : callsIn(body).find((called) => messages.includes(called));
    if (called !== undefined) throw new Error(`${name} calls ${called}: expected no formatting in the edge's Wasm. Join texts as Fault::message does`);
  }
  return silent;
}

/** The functions of a Wasm text by their names. */
function bodiesOf(text) {
  return new Map(text.split(/^ \(func \$/m).slice(1).map((body) => [nameAt(body), body]));
}

function callsIn(body) {
  return Array.from(body.matchAll(/call \$("[^"]*"|[^\s()]+)/g), ([, name]) => nameAt(name));
}

/** The name that a text begins with. One with brackets stands in quotes. */
function nameAt(text) {
  const [, quoted, plain] = /^(?:"([^"]*)"|([^\s()]+))/.exec(text) ?? [];
  return quoted ?? plain;
}

function endsInTrap(body) {
  return /\(unreachable\)[\s)]*$/.test(body);
}
