// What is in the npm tarball, and above all what is not: nothing of the writing side, no token, no write call.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { build } from "esbuild";

import { ROOT, files, install } from "./installed.mjs";

/** Words that only the writing side, the local store or their dependencies know. */
const FORBIDDEN = [
  "PATCH", "upsert", "/v1/edge-config", "/v1/global-config", "api.vercel.com", "local-write", "ecfg_local",
  "INTERNAL_ADMIN_KEY", "EDGE_CONFIG_TOKEN", "SERVICE_ROLE", "postgres", "supabase", "widget_templates", "plan_limits",
  "atlas-sync", "planner.rs", "protocol.rs", "src/sync/s", "src/cli/", "src/serve/", "src/dev/", "tokio", "axum", "hyper", "reqwest", "atlas_v1_rev_",
];

const require = createRequire(import.meta.url);

let installed;
before(async () => (installed = await install()));
after(() => installed?.remove());

test("the package has an entry for each runtime, types, and nothing that is not meant to be there", async () => {
  const names = (await files(installed.target)).map(({ name }) => name).sort();
  const doctor = ["connection", "examine", "finding", "main", "print", "runtime", "sdk", "signature", "snapshot", "sources", "store"];
  const inside = [
    "answers.js", "atlas.js", "atlas_bg.wasm", "attempt.js", "clock.js", "counters.js", "decisions.js", "driver.js", "embedded.js", "freeze.js",
    "glue.edge-light.js", "glue.js", "glue.monitor.js", "glue.verify.edge-light.js", "glue.verify.workerd.js", "glue.workerd.js",
    "hits.js", "host.js", "items.js", "log.js", "monitor-module.js", "options.js", "paris.js", "practice.js", "prepare.js", "read.js",
    "registry.js", "request.js", "runtime.js", "session.js", "signatures.js", "steps.js", "verdicts.js", "verify.edge-light.js", "verify.js", "verify.workerd.js", "verify_bg.wasm", "wait-until.js", "warm.js",
    "wasm-module.js", "wasm.js", ...doctor.map((name) => `doctor/${name}.js`),
  ];
  assert.deepEqual(names, [
    "README.md", "cli.js", "edge-light.js", "index.cjs", "index.d.cts", "index.d.ts", "index.js", "index.node.cjs", "index.node.js", "monitor.cjs", "monitor.d.cts",
    "monitor.d.ts", "monitor.js", "package.json", "workerd.js", ...inside.map((name) => `lib/${name}`),
  ].sort());
});

test("every file that the manifest's exports name is there", async () => {
  const all = await files(installed.target);
  const { exports } = JSON.parse(all.find(({ name }) => name === "package.json").bytes);
  const named = JSON.stringify(exports).match(/\.\/[\w-]+\.[\w.]+/g);
  assert.ok(named.length > 10);
  for (const path of named) assert.ok(all.some(({ name }) => `./${name}` === path), path);
});

/** Base64 as long as a Wasm file. */
const BASE64 = /(["`])([\w+/]{10000,}={0,2})\1/g;

/** What a file says, its base64 decoded: any four letters stand somewhere in that. */
function textOf({ name, bytes }) {
  const decoded = (_, __, base64) => {
    const held = Buffer.from(base64, "base64");
    return (name.startsWith("index.node.") ? brotliDecompressSync(held) : held).toString("latin1");
  };
  return bytes.toString("latin1").replace(BASE64, decoded).toLowerCase();
}

test("nothing of sync or dev, no token and no write call is in it", async () => {
  for (const file of (await files(installed.target)).filter(({ name }) => name !== "README.md")) {
    const { name } = file;
    const text = textOf(file);
    // The doctor says which command repairs a snapshot.
    const words = name.startsWith("lib/doctor/") ? FORBIDDEN.filter((word) => word !== "atlas-sync") : FORBIDDEN;
    for (const word of words) assert.ok(!text.includes(word.toLowerCase()), `${name} holds ${word}`);
  }
});

test("no entry but the command takes the doctor along, or anything of Node's", async () => {
  for (const entry of ["edge-light.js", "workerd.js", "index.js", "monitor.js"]) {
    const { metafile } = await build({
      absWorkingDir: installed.target, entryPoints: [entry], bundle: true, write: false, metafile: true, format: "esm",
      external: ["*.wasm", "*.wasm?module"],
    });
    const inputs = Object.keys(metafile.inputs);
    assert.ok(inputs.length > 3, entry);
    assert.deepEqual(inputs.filter((path) => path.includes("doctor") || path.startsWith("node:")), [], entry);
  }
});

test("no path of the machine that built it is in it", async () => {
  for (const { name, bytes } of await files(installed.target)) {
    for (const path of [homedir(), ROOT]) assert.ok(!bytes.includes(path), `${name} holds ${path}`);
  }
});

test("the same words are found in the program that does write", async () => {
  // Otherwise the test above could not fail.
  const program = (await readFile(join(ROOT, "target", "debug", "atlas-sync"))).toString("latin1").toLowerCase();
  for (const word of ["upsert", "/v1/edge-config", "local-write", "widget_templates", "atlas_v1_rev_", "tokio"]) {
    assert.ok(program.includes(word), `atlas-sync does not hold ${word}`);
  }
});

test("the Wasm can call nothing but values and errors: no network, no client", async () => {
  const all = await files(installed.target);
  const wasm = new WebAssembly.Module(all.find(({ name }) => name === "lib/atlas_bg.wasm").bytes);
  const glue = all.find(({ name }) => name === "lib/glue.edge-light.js").bytes.toString();
  const given = [...glue.matchAll(/^ {8}(\w+): function\(.*\n([^]*?)^ {8}\},$/gm)];
  assert.deepEqual(given.map(([, name]) => name).sort(), WebAssembly.Module.imports(wasm).map(({ name }) => name).sort());
  const bodies = given.map(([, , body]) => body);
  assert.deepEqual(bodies.filter((body) => /fetch|request|socket|xhr|import|getAll|console/i.test(body)), []);
  assert.ok(bodies.some((body) => body.includes(".isSame(")), bodies.join(""));
});

test("what each entry with the Wasm inside compiles is the file that verifies at the edge", async (t) => {
  const wasm = await readFile(join(installed.target, "lib", "verify_bg.wasm"));
  const { Module } = WebAssembly;
  let compiled;
  t.after(() => (WebAssembly.Module = Module));
  WebAssembly.Module = function (bytes) {
    compiled = Buffer.from(bytes);
    return new Module(bytes);
  };
  for (const entry of ["index.js", "index.cjs", "index.node.js", "index.node.cjs"]) {
    compiled = undefined;
    const path = join(installed.target, entry);
    const { createAtlas } = entry.endsWith(".cjs") ? require(path) : await import(pathToFileURL(path).href);
    createAtlas({}).warm();
    assert.ok(compiled?.equals(wasm), entry);
  }
});

for (const condition of ["edge-light", "workerd"]) {
  test(`${condition}: a bundle holds the verifier's Wasm only if it calls verifySnapshot`, async () => {
    assert.deepEqual(await wasmOf("createAtlas", condition), ["atlas_bg.wasm"]);
    assert.deepEqual(await wasmOf("createAtlas, verifySnapshot", condition), ["atlas_bg.wasm", "verify_bg.wasm"]);
  });
}

/** The Wasm files that a bundle with these of the package's exports imports. */
async function wasmOf(names, condition) {
  const { metafile } = await build({
    stdin: { contents: `export { ${names} } from "@clickeen/atlas";`, resolveDir: installed.project },
    bundle: true, write: false, metafile: true, format: "esm", conditions: [condition], external: ["*.wasm", "*.wasm?module"],
  });
  const [{ imports }] = Object.values(metafile.outputs);
  return imports.map(({ path }) => basename(path).replace("?module", "")).sort();
}
