// Cloudflare's workerd, run by miniflare, with the Worker as wrangler bundles it for a deployment.
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

import { environment } from "../../../scripts/lib/paths.mjs";
import { run } from "../../../scripts/lib/run.mjs";
import { FORBIDDEN } from "../expected.mjs";
import { testAddress } from "../harness/server.mjs";
import { openStand } from "../harness/stand.mjs";
import { uploadedFrom } from "../harness/upload.mjs";

const cwd = import.meta.dirname;
const dist = join(cwd, "dist");
const wrangler = join(cwd, "node_modules", "wrangler", "bin", "wrangler.js");

before(async () => {
  await rm(dist, { recursive: true, force: true });
  const env = environment({ WRANGLER_SEND_METRICS: "false", CI: "1" });
  await run(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", dist], { cwd, env });
});

test("workerd", async (t) => {
  const bundled = await uploadedFrom(dist);
  // The reader's, and `verifySnapshot`'s, which the scenario calls too.
  assert.deepEqual(bundled.map(({ type }) => type), ["ESModule", "CompiledWasm", "CompiledWasm"], "each Wasm is a module of its own");
  const stand = await openStand();
  t.after(() => stand.close());
  const worker = new Miniflare({
    modules: bundled,
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: stand.env,
    host: "127.0.0.1",
    port: 0,
  });
  t.after(() => worker.dispose());
  const url = (await worker.ready).origin;
  await testAddress(t, { url, control: stand.control });
});

test("workerd, the portable entry, which it does not compile: every lookup is internal_error", async (t) => {
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "forbidden.js", contents: await bundled("forbidden.js", { conditions: ["import"] }) }],
    compatibilityDate: "2026-04-01",
    host: "127.0.0.1",
    port: 0,
  });
  t.after(() => worker.dispose());
  const response = await fetch(await worker.ready);
  assert.deepEqual(await response.json(), FORBIDDEN);
});

test("workerd, before the first request: a lookup is internal_error, and the next one is what it would be", async (t) => {
  const contents = await bundled("global-scope.js", { conditions: ["workerd"], external: ["*.wasm"] });
  const lib = join(cwd, "node_modules", "@clickeen", "atlas", "lib");
  const wasm = async (path) => ({ type: "CompiledWasm", path, contents: await readFile(join(lib, path)) });
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "global-scope.js", contents }, await wasm("atlas_bg.wasm"), await wasm("verify_bg.wasm")],
    compatibilityDate: "2026-04-01",
    host: "127.0.0.1",
    port: 0,
  });
  t.after(() => worker.dispose());
  const response = await fetch(await worker.ready);
  assert.deepEqual(await response.json(), ["internal_error", "key_missing"]);
});

/** A Worker of this folder in one file. */
async function bundled(name, options) {
  const { outputFiles } = await build({ entryPoints: [join(cwd, name)], bundle: true, write: false, format: "esm", ...options });
  return outputFiles[0].text;
}
