// Next.js on Cloudflare by OpenNext, in workerd, with the Worker as wrangler bundles it for a deployment.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Miniflare } from "miniflare";

import { testAddress } from "../harness/server.mjs";
import { openStand } from "../harness/stand.mjs";
import { uploadedFrom } from "../harness/upload.mjs";

const dist = join(import.meta.dirname, "dist");

test("OpenNext, Cloudflare", async (t) => {
  const bundled = await uploadedFrom(dist);
  assert.deepEqual(bundled.map(({ type }) => type), ["ESModule", "CompiledWasm", "CompiledWasm"], "each Wasm is a module of its own");
  const stand = await openStand();
  t.after(() => stand.close());
  const worker = new Miniflare({
    modules: bundled,
    compatibilityDate: "2026-04-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: stand.env,
    serviceBindings: { ASSETS: () => new Response(null, { status: 404 }) },
    host: "127.0.0.1",
    port: 0,
  });
  t.after(() => worker.dispose());
  await testAddress(t, { url: (await worker.ready).origin, control: stand.control });
});
