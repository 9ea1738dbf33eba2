// Vercel's Edge runtime in its own sandbox, @edge-runtime/vm, with code generation forbidden as Vercel forbids it: no
// Wasm from bytes. The bundle is made with the `edge-light` condition, and the Wasm is handed in as a module that was
// compiled outside, as Vercel does for an import with `?module`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";

import { FORBIDDEN } from "../expected.mjs";
import { testAddress } from "../harness/server.mjs";
import { openStand } from "../harness/stand.mjs";

const cwd = import.meta.dirname;

/** As Vercel does. */
const FORBID = { strings: false, wasm: false };

test("@edge-runtime/vm, code generation forbidden", async (t) => {
  const stand = await openStand();
  t.after(() => stand.close());
  const { code, modules } = await bundle("edge.js", ["edge-light", "import"]);
  // The reader's, and the one of `verifySnapshot`, which the scenario calls too.
  assert.equal(Object.keys(modules).length, 2, "both Wasm modules are imported");
  const vm = new EdgeVM({
    codeGeneration: FORBID,
    extend: (context) => Object.assign(context, modules, { process: { env: stand.env } }),
    initialCode: code,
  });

  await t.test("it does not compile Wasm, nor evaluate strings", () => {
    assert.throws(() => vm.evaluate("new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))"), /CompileError/);
    assert.throws(() => vm.evaluate('new Function("return 1")'), /EvalError/);
  });

  const server = createServer(async (request, response) => {
    const answer = await vm.dispatchFetch(`http://edge${request.url}`);
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  await testAddress(t, { url, control: stand.control });
});

test("@edge-runtime/vm, code generation forbidden, the portable entry: every lookup is internal_error", async () => {
  const { code } = await bundle("forbidden.js", ["import"]);
  const vm = new EdgeVM({ codeGeneration: FORBID, initialCode: code });
  const unhandled = [];
  vm.context.addEventListener("unhandledrejection", ({ reason }) => unhandled.push(reason));
  assert.deepEqual(JSON.parse(await vm.evaluate("played")), FORBIDDEN);
  assert.deepEqual(unhandled, []);
});

/** The bundle, and by their global names the Wasm modules that it imports. */
async function bundle(entry, conditions) {
  const modules = {};
  const compiledOutside = {
    name: "compiled-outside",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm\?module$/ }, ({ path, importer }) => ({
        path: join(dirname(importer), path.replace("?module", "")),
        namespace: "wasm",
      }));
      onLoad({ filter: /./, namespace: "wasm" }, async ({ path }) => {
        const name = `wasm_${Object.keys(modules).length}`;
        // Taken at once: the next file is loaded meanwhile.
        modules[name] = undefined;
        modules[name] = await WebAssembly.compile(await readFile(path));
        return { contents: `export default globalThis.${name};` };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(cwd, entry)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "neutral",
    conditions,
    plugins: [compiledOutside],
    external: ["node:*"],
  });
  return { code: outputFiles[0].text, modules };
}
