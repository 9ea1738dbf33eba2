import assert from "node:assert/strict";
import { createServer } from "node:net";
import { platform } from "node:process";
import { test } from "node:test";

import { portOwner } from "./port-owner.mjs";
import { freePort } from "./ports.mjs";

test("the process that listens on a port is named", { skip: platform !== "linux" && "only Linux says who listens" }, async (t) => {
  const server = createServer();
  t.after(() => server.close());
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const owner = await portOwner(server.address().port);
  assert.equal(owner.pid, process.pid);
  assert.match(owner.command, /node/);
});

test("a port that nobody listens on has no owner", async () => {
  assert.equal(await portOwner(await freePort()), null);
});
