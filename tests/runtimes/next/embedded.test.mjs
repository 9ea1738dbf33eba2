// The build step of the package's README for Next.js: `prebuild` embeds the snapshot, and with the store down the app answers
// from it, on Node and on the edge runtime.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { freePort } from "../../../scripts/lib/ports.mjs";
import { startServer } from "../../../scripts/lib/servers.mjs";
import { NO_STORE, Published } from "../harness/embedded.mjs";

const project = import.meta.dirname;
const cwd = join(project, "embedded");
const next = join(project, "node_modules", "next", "dist", "bin", "next");

test("Next.js: `prebuild` embeds what is published, and it answers with the store down", async (t) => {
  const published = await Published.start(t);
  await rm(join(cwd, "lib", "atlas-snapshot.ts"), { force: true });
  const without = await published.buildWithout(cwd);
  assert.notEqual(without.how, 0, "a build without a snapshot fails");
  assert.match(without.output, /atlas-sync/);
  await published.publish("built in");
  await published.build(cwd);
  const port = await freePort();
  const answers = (url) => fetch(url);
  const args = [next, "start", "-H", "127.0.0.1", "-p", `${port}`];
  const env = { ...NO_STORE, NODE_ENV: "production" };
  const server = await startServer({ name: "Next.js", port, command: process.execPath, args, cwd, env, answers, good: (status) => status < 500 });
  t.after(() => server.stop());
  for (const route of ["decision", "edge"]) await t.test(route, () => published.assertServed(`${server.url}/${route}`));
});
