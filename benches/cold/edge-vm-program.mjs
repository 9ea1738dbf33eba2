// One cold start in a sandbox of its own: `node edge-vm-program.mjs FOLDER CONTESTANT`. FOLDER holds the bundles and what to
// measure with. As on Vercel no code can be generated, and the Wasm is a module that was compiled before. The last line printed
// is JSON: milliseconds of the import, and from the first call to the decision.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { EdgeVM } = createRequire(join(import.meta.dirname, "..", "..", "tests", "runtimes", "edge-vm", "package.json"))("@edge-runtime/vm");

const [out, name] = process.argv.slice(2);
const read = (file) => readFileSync(join(out, file), "utf8");
const atlasWasm = await WebAssembly.compile(readFileSync(join(out, "atlas_bg.wasm")));
const vm = new EdgeVM({
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, { atlasWasm, process: { env: {} }, given: JSON.parse(read("given.json")) }),
  initialCode: read("program.js"),
});
await vm.evaluate("prepared");

const imported = performance.now();
if (name !== "sdk") vm.evaluate(read(`${name === "embedded" ? "atlas" : name}.js`));
const importMs = performance.now() - imported;

const began = performance.now();
await vm.evaluate(`first(${JSON.stringify(name)})`);
const decisionMs = performance.now() - began;
console.log(JSON.stringify({ importMs, wireMs: null, decisionMs }));
process.exit(0);
