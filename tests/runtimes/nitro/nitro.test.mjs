// Nitro, which Nuxt and others are built on: its presets for Vercel, on Node, and for Cloudflare, in workerd.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { before, test } from "node:test";
import { Miniflare } from "miniflare";

import { run } from "../../../scripts/lib/run.mjs";
import { filesBelow } from "../../../scripts/lib/stamp.mjs";
import { testAddress, testServer, testServerWithoutWasm } from "../harness/server.mjs";
import { openStand } from "../harness/stand.mjs";

const cwd = import.meta.dirname;
const worker = join(cwd, ".output", "server");

before(async () => {
  const nitro = join(cwd, "node_modules", "nitropack", "dist", "cli", "index.mjs");
  for (const preset of ["vercel", "cloudflare-module"]) await run(process.execPath, [nitro, "build", "--preset", preset], { cwd });
});

const program = () => ({ command: process.execPath, args: ["vercel.mjs"], cwd });

testServer("Nitro, Vercel", program);
testServerWithoutWasm("Nitro, Vercel", program);

test("Nitro, Cloudflare", async (t) => {
  const bundled = await modules();
  assert.ok(bundled.some(({ type }) => type === "CompiledWasm"), "the Wasm is a module of its own");
  const stand = await openStand();
  t.after(() => stand.close());
  const miniflare = new Miniflare({
    modules: bundled,
    modulesRoot: worker,
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: stand.env,
    host: "127.0.0.1",
    port: 0,
  });
  t.after(() => miniflare.dispose());
  await testAddress(t, { url: (await miniflare.ready).origin, control: stand.control });
});

/** What wrangler would upload: the entry first. */
async function modules() {
  const files = (await filesBelow(worker)).filter((file) => /\.(mjs|wasm)$/.test(file));
  const entry = join(worker, "index.mjs");
  const inOrder = [entry, ...files.filter((file) => file !== entry)];
  return Promise.all(
    inOrder.map(async (path) => {
      const type = path.endsWith(".wasm") ? "CompiledWasm" : "ESModule";
      return { type, path, contents: await readFile(path) };
    }),
  );
}
