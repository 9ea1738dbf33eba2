// Next.js 16, built by Turbopack and by webpack. One app has what runs on its edge runtime: middleware, a route, a page;
// another what runs on Node: `proxy.ts`, a route, a server component. (An app has either a middleware or a proxy.) The
// third has a route and a server component with `cacheComponents`.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { testServer, testServerWithoutWasm } from "../harness/server.mjs";

const project = import.meta.dirname;
const next = join(project, "node_modules", "next", "dist", "bin", "next");

/** Without `cacheComponents` a page that throws is a 500; with it, the page's shell has been sent by then. */
const ALL = {
  scenarios: ["/e/scenario", "/route/scenario", "/page/scenario"],
  widgets: { "/e/": [404, 502], "/route/": [404, 502], "/page/": [404, 500] },
};
const CACHED = { scenarios: ["/route/scenario", "/page/scenario"], widgets: { "/route/": [404, 502], "/page/": [200, 200] } };

/** Each app with the bundlers that build it. Vercel's edge runtime compiles no Wasm from bytes, though Next.js on one's own
 * machine does. */
const APPS = [
  { app: "edge", bundlers: ["turbopack", "webpack"], places: ALL, holdsWasm: true },
  { app: "proxy", bundlers: ["turbopack", "webpack"], places: ALL, holdsWasm: false },
  { app: "cached", bundlers: ["turbopack"], places: CACHED, holdsWasm: false },
];

for (const { app, bundlers, places, holdsWasm } of APPS) {
  for (const bundler of bundlers) {
    const program = (port) => ({
      command: process.execPath,
      args: [next, "start", "-H", "127.0.0.1", "-p", `${port}`],
      cwd: join(project, app),
      env: { NEXT_DIST: `.next/${bundler}` },
    });
    test(`Next.js, ${app}, ${bundler}: ${holdsWasm ? "the" : "no"} Wasm as a file of its own`, async () => {
      const files = await readdir(join(project, app, ".next", bundler, "server"), { recursive: true });
      assert.equal(files.some((file) => file.endsWith(".wasm")), holdsWasm);
    });
    testServer(`Next.js, ${app}, ${bundler}`, program, places);
    // On the edge runtime the Wasm comes compiled: there is nothing to forbid.
    if (!holdsWasm) testServerWithoutWasm(`Next.js, ${app}, ${bundler}`, program, Object.keys(places.widgets));
  }
}
