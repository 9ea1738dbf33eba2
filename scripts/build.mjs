// Builds the npm package: the crate as Wasm, its glue for each runtime, and the entry files of pkg-template/, ready
// to pack in pkg/. Prints what the edge entry weighs, and what has changed since `--record` last wrote weights.json.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";

import { optionsOf } from "./lib/options.mjs";
import { silenced } from "./lib/silence.mjs";
import { GLUE, glue } from "./lib/tools.mjs";
import { withoutNames } from "./lib/wasm.mjs";
import { bundleParts, judge, tableOf, wasmParts } from "./lib/weight.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const pkg = join(root, "pkg");
/** What only the package's own entries import. */
const lib = join(pkg, "lib");
const weights = join(root, "scripts", "weights.json");
const { quiet, record } = optionsOf("npm run build --", "Builds the npm package in pkg/, and fails if the edge entry is larger than its budget.", {
  record: { about: "write scripts/weights.json, to accept what has grown" },
  quiet: { about: "print no sizes" },
});
/** No path of the machine that built it goes into the Wasm, and every machine builds the same bytes. */
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
const rustFlags = [
  `--remap-path-prefix=${cargoHome}/registry/src=crates`,
  `--remap-path-prefix=${root}=atlas`,
  // SHA-256 in a loop instead of unrolled: 3 KB with gzip. What is large is hashed by the platform.
  '--cfg=sha2_backend_soft="compact"',
  // The stack is part of every instance's memory: with the data it takes half a page of 64 KB. 1 MB is the default, but
  // nothing here recurses without bound, and a test verifies the deepest snapshot that there can be.
  "-Clink-arg=-zstack-size=24576",
  // Only what is hardly more than its call is written in place of the call.
  "-Cllvm-args=-inline-threshold=5",
];
/** A path may hold spaces, at which cargo would part RUSTFLAGS. */
const env = { ...process.env, CARGO_ENCODED_RUSTFLAGS: rustFlags.join("\x1f") };

/** The one line of wasm-bindgen's `module` target that no runtime but a coming one understands. */
const SOURCE_IMPORT = 'import source wasmModule from "./atlas_bg.wasm";';

/**
 * The glue makes its instance when it is imported. Where Wasm cannot be compiled that would throw, so it is made by
 * `ready`, which is tried again at the next call if it fails.
 */
const AT_IMPORT = [
  "let wasmInstance = new WebAssembly.Instance(wasmModule, __wbg_get_imports());",
  "let wasm = wasmInstance.exports;",
  "wasm.__wbindgen_start();",
].join("\n");
const WHEN_NEEDED = ["let wasm;", "", "export function ready() {", "    if (wasm === undefined) reset();", "}"].join("\n");
const INSTANCE = ["    wasmInstance = new WebAssembly.Instance(wasmModule, __wbg_get_imports());", "    wasm = wasmInstance.exports;"].join("\n");
/** So are the two that turn text into bytes and back: jsdom has neither. */
const DECODER = ["let cachedTextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });", "cachedTextDecoder.decode();"].join("\n");
const ENCODER = [
  "const cachedTextEncoder = new TextEncoder();",
  "",
  "if (!('encodeInto' in cachedTextEncoder)) {",
  "    cachedTextEncoder.encodeInto = function (arg, view) {",
  "        const buf = cachedTextEncoder.encode(arg);",
  "        view.set(buf);",
  "        return {",
  "            read: arg.length,",
  "            written: buf.length",
  "        };",
  "    };",
  "}",
].join("\n");
const INSTANCE_WHEN_NEEDED = [
  "    wasm = undefined;",
  "    cachedTextDecoder ??= new TextDecoder('utf-8', { ignoreBOM: true });",
  "    cachedTextEncoder ??= new TextEncoder();",
  "    wasm = new WebAssembly.Instance(wasmModule(), __wbg_get_imports()).exports;",
].join("\n");

/** Where the Wasm imports from; wasm-opt calls it `a`. */
const IMPORTS_FROM = '"./atlas_bg.js": import0';

/** A memory that has grown has another buffer, whether or not an engine says that the former one is detached. */
const DETACHED =
  "cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)";

/** What is written otherwise, each of it at least once. */
const CHANGED = [
  [AT_IMPORT, WHEN_NEEDED],
  [INSTANCE, INSTANCE_WHEN_NEEDED],
  [DECODER, "let cachedTextDecoder;"],
  [ENCODER, "let cachedTextEncoder;"],
  ["export function __wbg_reset_state () {", "export function reset() {"],
  [DETACHED, "cachedDataViewMemory0.buffer !== wasm.memory.buffer"],
];

/**
 * What the package does without, 0.3 KB with gzip: `lib/wasm.js` and its callers make sure of an instance, and that a reader
 * is of the present one; nobody frees a reader by hand; and every text is handed over in one way.
 */
const LEFT_OUT = [
  /^ +if \(this\.__wbg_inst !== .*\{\n.*\n +\}\n/gm,
  /^ +Object\.defineProperty\(this, '__wbg_inst'.*\n/gm,
  /^ +__wbg_call_guard\(\);\n/gm,
  /^function __wbg_call_guard\(\) \{\n[^]*?^\}\n/gm,
  /^.*__wbg_reinit_scheduled = false;\n/gm,
  /^ +__destroy_into_raw\(\) \{\n[^]*?^ {4}\}\n +free\(\) \{\n[^]*?^ {4}\}\n/gm,
  /^if \(Symbol\.dispose\) .*\n/gm,
  /^ +if \(typeof \w+ !== 'undefined'\) \w+ = 0;\n/gm,
  /(?<=register: \(\) => \{\}), unregister: \(\) => \{\}/,
].map((part) => [part, ""]);

/** A guard stood between the two. */
const RESULT = [/let ret;\n +ret = /g, "const ret = "];

/** Texts that cross are short, but for those that `lib/items.js` hands over itself: two copies are less code than one. */
const COPIED_IN = [
  /^function passStringToWasm0[^]*?^\}\n/m,
  [
    "function passStringToWasm0(text, malloc) {",
    "    const bytes = cachedTextEncoder.encode(text);",
    "    const ptr = malloc(WASM_VECTOR_LEN = bytes.length, 1) >>> 0;",
    "    getUint8ArrayMemory0().set(bytes, ptr);",
    "    return ptr;",
    "}",
    "",
  ].join("\n"),
];

/**
 * The Wasm files. What every edge request runs carries nothing but the reader. `verifySnapshot` is in the file that Node and
 * browsers load, and at the edge in the same file as one of its own; the monitor runs in Paris, and needs a parser of
 * headers besides. What is weighed keeps its names until it is, and panics without a word.
 */
const PARTS = {
  reader: {
    features: [],
    lean: true,
    glue: {
      "glue.edge-light.js": imported("./atlas_bg.wasm?module"),
      "glue.workerd.js": imported("./atlas_bg.wasm"),
    },
    file: "atlas_bg.wasm",
  },
  verify: {
    features: ["verify"],
    lean: false,
    glue: {
      "glue.js": 'import { wasmModule } from "./wasm-module.js";',
      "glue.verify.edge-light.js": imported("./verify_bg.wasm?module"),
      "glue.verify.workerd.js": imported("./verify_bg.wasm"),
    },
    module: "wasm-module.js",
    file: "verify_bg.wasm",
  },
  monitor: {
    features: ["monitor"],
    lean: false,
    glue: { "glue.monitor.js": 'import { wasmModule } from "./monitor-module.js";' },
    module: "monitor-module.js",
  },
};

/** A module that the bundler or the runtime has compiled. */
function imported(path) {
  return `import compiled from "${path}";\n\nconst wasmModule = () => compiled;`;
}

/** The passes of wasm-opt that gave the smallest file. */
const SMALLER = ["--flatten", "--rereloop", "--one-caller-inline-max-function-size=40", "-Oz", "-Oz", "--converge", "--reorder-functions-by-name"];

/** What `index.node.js` weighs at most with gzip, in bytes: 60 KB. */
const NODE_BUDGET = 60 * 1024;

/** What the edge entry weighs at most, its Wasm and its JavaScript with gzip, in bytes: 40 KB. */
const BUDGET = 40 * 1024;

function run(command, args) {
  execFileSync(command, args, { cwd: root, env, stdio: quiet ? ["ignore", "ignore", "inherit"] : "inherit" });
}

/** Compiles one part: its glue for the `module` target, the Wasm to publish, and the same to weigh. */
function compile(name, { features, lean }) {
  const flags = ["--no-default-features", "--features", features.join()];
  run("cargo", ["build", "--profile", "wasm", "--lib", "--target", "wasm32-unknown-unknown", ...flags]);
  const wasm = join(root, "target", "wasm32-unknown-unknown", "wasm", "atlas.wasm");
  const out = join(root, "target", "package", name);
  rmSync(out, { recursive: true, force: true });
  run(GLUE, [wasm, out, "atlas", ...(lean ? [] : ["--remove-name-section"])]);
  const unoptimised = join(out, "atlas_bg.wasm");
  if (lean) writeFileSync(unoptimised, silenced(readFileSync(unoptimised)));
  const optimised = join(out, "optimised.wasm");
  const wasmOpt = join(root, "node_modules", "binaryen", "bin", "wasm-opt");
  run(process.execPath, [wasmOpt, ...(lean ? ["-g"] : []), ...SMALLER, unoptimised, "-o", optimised]);
  renameSync(optimised, unoptimised);
  const weighed = readFileSync(unoptimised);
  const text = readFileSync(join(out, "atlas.js"), "utf8");
  if (!lean) return { glue: text, names: { imports: [], exports: [] }, wasm: withoutNames(weighed), weighed };
  const shortened = join(out, "shortened.wasm");
  const names = execFileSync(process.execPath, [wasmOpt, "--minify-imports-and-exports-and-modules", "--strip-target-features", unoptimised, "-o", shortened], { env, encoding: "utf8" });
  return { glue: text, names: JSON.parse(names), wasm: withoutNames(readFileSync(shortened)), weighed };
}

/**
 * The glue with the names of imports and exports that wasm-opt gave them: wasm-bindgen's end in a hash, which no compression
 * makes smaller, once in the Wasm and once in the glue.
 */
function withShortNames(glue, { imports, exports }) {
  if (exports.length === 0) return glue;
  const shortened = new Map([...imports.map(([, name, short]) => [name, short]), ...exports]);
  const named = /(?<=\bwasm\.)\w+|\b__wb\w+(?=: function)/g;
  return replaced(glue, [IMPORTS_FROM, '"a": import0']).replace(named, (name) => shortened.get(name) ?? name);
}

/** The Wasm as a module that any JavaScript can import. Each runtime decodes in the quickest way it has. */
function portable(wasm) {
  return compiledFrom([
    `const base64 = "${wasm.toString("base64")}";`,
    "const decoded = () => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));",
    'const bytes = () => Uint8Array.fromBase64?.(base64) ?? globalThis.Buffer?.from(base64, "base64") ?? decoded();',
  ]);
}

/**
 * The same for Node, Deno and Bun, which can decompress without waiting: half the size. The text stands within the function that
 * reads it, which V8 forgets when it has not run for a while, and the text with it.
 */
function compressed(wasm) {
  return compiledFrom([
    'import { Buffer } from "node:buffer";',
    'import { brotliDecompressSync } from "node:zlib";',
    `const bytes = () => brotliDecompressSync(Buffer.from("${brotliCompressSync(wasm).toString("base64")}", "base64"));`,
  ]);
}

/**
 * Compiles what `bytes` returns once, when it is needed. Not with `WebAssembly.compile`: in Node 20 its promise waits for V8 to
 * optimise the HTTP parser of `fetch`, 200 ms in half of all cold starts.
 */
function compiledFrom(lines) {
  return [...lines, "let compiled;", "export const wasmModule = () => (compiled ??= new WebAssembly.Module(bytes()));", ""].join("\n");
}

/** Writes what a part's Wasm needs to be loaded; how each runtime gets hold of it is the one line that differs. */
function write({ glue: glues, module, file }, { glue, names, wasm }) {
  for (const [file, line] of Object.entries(glues)) {
    const changed = [[SOURCE_IMPORT, line], ...CHANGED, ...LEFT_OUT, RESULT, COPIED_IN].reduce(replaced, glue);
    writeFileSync(join(lib, file), withShortNames(changed, names));
  }
  if (module) writeFileSync(join(lib, module), portable(wasm));
  if (file) writeFileSync(join(lib, file), wasm);
}

/** The glue with a part of it replaced: a text, or every match of a pattern. A part that is not there is an error. */
function replaced(glue, [part, by]) {
  const changed = glue.replace(part, by);
  if (changed === glue) throw new Error(`wasm-bindgen's glue has no \`${part}\` any more`);
  return changed;
}

function writeManifest() {
  const { version } = JSON.parse(execFileSync("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: root })).packages[0];
  const manifest = JSON.parse(readFileSync(join(root, "pkg-template", "package.json"), "utf8"));
  writeFileSync(join(pkg, "package.json"), `${JSON.stringify({ ...manifest, version }, null, 2)}\n`);
}

/** An entry as CommonJS, with its types under the name that goes with it. */
async function writeCommonJs(entry) {
  await inOneFile(entry, { outfile: join(pkg, `${entry}.cjs`), format: "cjs" });
  cpSync(join(pkg, `${entry}.d.ts`), join(pkg, `${entry}.d.cts`));
}

/** What Node imports: the whole in one file, since each file that is read is a millisecond, with the Wasm compressed. */
async function writeForNode({ wasm }) {
  const contents = compressed(wasm);
  const plugin = {
    name: "compressed",
    setup: (build) => build.onLoad({ filter: /wasm-module\.js$/ }, () => ({ contents, loader: "js" })),
  };
  for (const [format, extension] of [["esm", "js"], ["cjs", "cjs"]]) {
    const outfile = join(pkg, `index.node.${extension}`);
    await inOneFile("index", { outfile, format, minify: true, external: ["node:*"], plugins: [plugin] });
  }
}

async function inOneFile(entry, options) {
  await bundle({
    entryPoints: [join(pkg, `${entry}.js`)],
    bundle: true,
    platform: "neutral",
    target: "es2022",
    logLevel: "warning",
    ...options,
  });
}

/** Says what `createAtlas` weighs at the edge: its JavaScript as a bundler ships it, and its Wasm. Too much is an error. */
async function weigh({ wasm, weighed }) {
  const { metafile, outputFiles } = await bundle({
    absWorkingDir: pkg,
    stdin: { contents: 'export { createAtlas } from "./edge-light.js";', resolveDir: pkg },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    external: ["*.wasm?module"],
  });
  const totals = { JavaScript: total(outputFiles[0].contents), Wasm: total(wasm) };
  const parts = { ...bundleParts(metafile), ...wasmParts(weighed) };
  const { within, told } = judge({ totals, parts, record: recorded(), budget: BUDGET });
  if (!within) throw new Error(`the edge entry is too large:\n${told}`);
  if (!quiet) console.log(told);
  if (record) writeFileSync(weights, `${JSON.stringify(tableOf({ totals, parts }), null, 2)}\n`);
}

function total(bytes) {
  return { bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
}

/** Says what `import "@clickeen/atlas"` weighs in Node: its one file. Too much is an error. */
function weighForNode() {
  const { gzip } = total(readFileSync(join(pkg, "index.node.js")));
  if (gzip > NODE_BUDGET) throw new Error(`the entry for Node is too large: expected at most ${NODE_BUDGET} bytes with gzip, found ${gzip}`);
  if (!quiet) console.log(`entry for Node              ${String(gzip).padStart(8)} gzip, of ${NODE_BUDGET}`);
}

/** Without a record everything is new. */
function recorded() {
  return existsSync(weights) ? JSON.parse(readFileSync(weights, "utf8")) : { gzip: {}, bytes: {} };
}

await glue();
const compiled = Object.entries(PARTS).map(([name, part]) => [part, compile(name, part)]);
rmSync(pkg, { recursive: true, force: true });
mkdirSync(lib, { recursive: true });
// Neither the package of the writing side, which has a build of its own, nor what only the type checker reads.
const sync = join(root, "pkg-template", "sync");
const isShipped = (path) => path !== sync && !/tsconfig\.json$|\blib\/[\w.-]+\.d\.ts$/.test(path);
cpSync(join(root, "pkg-template"), pkg, { recursive: true, filter: isShipped });
for (const [part, output] of compiled) write(part, output);
writeManifest();
for (const entry of ["index", "monitor"]) await writeCommonJs(entry);
await writeForNode(compiled[1][1]);
await weigh(compiled[0][1]);
weighForNode();
