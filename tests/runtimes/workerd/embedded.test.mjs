// The build step of the package's README for Workers: wrangler embeds the snapshot before it bundles, and with the store down
// the Worker answers from it.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Miniflare } from "miniflare";

import { NO_STORE, Published } from "../harness/embedded.mjs";
import { uploadedFrom } from "../harness/upload.mjs";

const cwd = join(import.meta.dirname, "embedded");
const dist = join(cwd, "dist");
const wrangler = join(import.meta.dirname, "node_modules", "wrangler", "bin", "wrangler.js");
const BUILD = [process.execPath, wrangler, "deploy", "--dry-run", "--outdir", dist];

test("Workers: wrangler's build embeds what is published, and it answers with the store down", async (t) => {
  const published = await Published.start(t);
  await rm(join(cwd, "atlas-snapshot.mjs"), { force: true });
  assert.notEqual((await published.buildWithout(cwd, BUILD)).how, 0, "a build without a snapshot fails");
  for (const name of ["built in", "built in again"]) {
    await published.publish(name);
    await rm(dist, { recursive: true, force: true });
    await published.build(cwd, BUILD);
    const worker = new Miniflare({
      modules: await uploadedFrom(dist),
      compatibilityDate: "2026-04-01",
      compatibilityFlags: ["nodejs_compat"],
      bindings: NO_STORE,
      host: "127.0.0.1",
      port: 0,
    });
    try {
      await published.assertServed((await worker.ready).origin);
    } finally {
      await worker.dispose();
    }
  }
});
