// Next.js 16, built by Turbopack and by webpack. One app has what runs on its edge runtime: middleware, a route, a page;
// the other what runs on Node: `proxy.ts`, a route, a server component. (An app has either a middleware or a proxy.)
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { testServer } from "../harness/server.mjs";

const project = import.meta.dirname;
const next = join(project, "node_modules", "next", "dist", "bin", "next");

const places = { scenarios: ["/e/scenario", "/route/scenario", "/page/scenario"], widgets: ["/e/", "/route/", "/page/"] };

/** Vercel's edge runtime compiles no Wasm from bytes, though Next.js on one's own machine does. */
const HOLDS_WASM = { edge: true, proxy: false };

for (const bundler of ["turbopack", "webpack"]) {
  for (const app of ["edge", "proxy"]) {
    const program = (port) => ({
      command: process.execPath,
      args: [next, "start", "-H", "127.0.0.1", "-p", `${port}`],
      cwd: join(project, app),
      env: { NEXT_DIST: `.next/${bundler}` },
    });
    test(`Next.js, ${app}, ${bundler}: ${HOLDS_WASM[app] ? "the" : "no"} Wasm as a file of its own`, async () => {
      const files = await readdir(join(project, app, ".next", bundler, "server"), { recursive: true });
      assert.equal(files.some((file) => file.endsWith(".wasm")), HOLDS_WASM[app]);
    });
    testServer(`Next.js, ${app}, ${bundler}`, program, places);
  }
}
