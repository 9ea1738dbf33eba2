// The build step of the package's README for Vite: `prebuild` embeds the snapshot, and with the store down the server answers
// from it.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { freePort } from "../../../scripts/lib/ports.mjs";
import { startServer } from "../../../scripts/lib/servers.mjs";
import { NO_STORE, Published } from "../harness/embedded.mjs";

const cwd = join(import.meta.dirname, "embedded");

test("Vite: `prebuild` embeds what is published, and it answers with the store down", async (t) => {
  const published = await Published.start(t);
  await rm(join(cwd, "src", "atlas-snapshot.mjs"), { force: true });
  assert.notEqual((await published.buildWithout(cwd)).how, 0, "a build without a snapshot fails");
  for (const name of ["built in", "built in again"]) {
    await published.publish(name);
    await published.build(cwd);
    const port = await freePort();
    const env = { ...NO_STORE, PORT: `${port}`, NODE_ENV: "production" };
    const args = [join("dist", "server.js")];
    const server = await startServer({ name: "Vite's build", port, command: process.execPath, args, cwd, env, answers: (url) => fetch(url) });
    try {
      await published.assertServed(server.url);
      assert.equal((await fetch(`${server.url}//`)).status, 200, "it goes on after a request whose target is no path of a URL");
      await published.assertServed(server.url);
    } finally {
      await server.stop();
    }
  }
});
