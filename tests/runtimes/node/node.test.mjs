// This Node and a new one, with the package as ES modules and as CommonJS; and what the README says of its `widget.ts`.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { freePort } from "../../../scripts/lib/ports.mjs";
import { startServer } from "../../../scripts/lib/servers.mjs";
import { testForbidden } from "../harness/forbidden.mjs";
import { testServer, testServerWithoutWasm } from "../harness/server.mjs";
import { openStand } from "../harness/stand.mjs";

const cwd = import.meta.dirname;

/** What the README promises. */
const BUDGET_MS = 5_000;

/** From npm, for the machines that the manifest names. */
const NEW_NODE = join(cwd, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
const isNamed = ["linux-x64", "linux-arm64"].includes(`${process.platform}-${process.arch}`);
const NODES = { Node: process.execPath, ...(isNamed && { "Node 26": NEW_NODE }) };

for (const [node, command] of Object.entries(NODES)) {
  for (const type of ["mjs", "cjs"]) {
    testServer(`${node}, server.${type}`, () => ({ command, args: [`server.${type}`], cwd }));
    testServerWithoutWasm(`${node}, server.${type}`, () => ({ command, args: [`server.${type}`], cwd }));
    testForbidden(`${node}, ${type}`, { command, args: ["--jitless", `forbidden.${type}`], cwd });
  }
}

for (const program of ["server.mjs", "server.cjs"]) {
  test(`${program} goes on after a request whose target is no path of a URL`, async (t) => {
    const { url } = await serve(t, () => ({}), program);
    assert.equal((await fetch(`${url}//`)).status, 404);
    assert.equal((await fetch(`${url}/e/wgt_faq001?a=//`)).status, 200);
  });
}

const CONNECTIONS = {
  "no connection string": () => "",
  "a connection string in quotes": ({ ATLAS_EDGE_CONFIG }) => `"${ATLAS_EDGE_CONFIG}"`,
  "a connection string without a token": ({ ATLAS_EDGE_CONFIG }) => ATLAS_EDGE_CONFIG.split("?")[0],
};

for (const [name, connection] of Object.entries(CONNECTIONS)) {
  test(`${name} is not_configured, and Paris serves`, async (t) => {
    const { url, stand } = await serve(t, (env) => ({ ATLAS_EDGE_CONFIG: connection(env) }));
    assert.ok(stand.env.ATLAS_EDGE_CONFIG.includes("token="));
    const response = await fetch(`${url}/e/wgt_faq001`);
    const { reason, value } = await response.json();
    assert.deepEqual([response.status, reason, value.from], [200, "not_configured", "Paris"]);
  });
}

test("the instance and the fallback share one budget", async (t) => {
  const { url } = await serve(t, () => ({}));
  const started = performance.now();
  const { status } = await fetch(`${url}/e/wgt_slow001`);
  const elapsed = performance.now() - started;
  assert.equal(status, 502);
  assert.ok(elapsed > BUDGET_MS - 500 && elapsed < BUDGET_MS + 1_500, `${elapsed} ms`);
});

async function serve(t, change, program = "server.mjs") {
  const stand = await openStand();
  t.after(() => stand.close());
  const port = await freePort();
  const env = { PORT: `${port}`, ...stand.env, ...change(stand.env) };
  const answers = (url) => fetch(`${url}/e/wgt_faq001`);
  const server = await startServer({ name: "Node", port, command: process.execPath, args: [program], cwd, env, answers });
  t.after(() => server.stop());
  return { url: server.url, stand };
}
