// The package's README shows code that these projects really run: each block is a file of a project, less what is
// there for the tests alone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

/** The project files that the README shows, in its order. */
const SHOWN = [
  "next/lib/widget.ts",
  "next/edge/middleware.ts",
  "next/proxy/proxy.ts",
  "next/edge/app/route/[publicId]/route.ts",
  "next/proxy/app/page/[publicId]/page.tsx",
  "workerd/worker.js",
  "workerd/wrangler.jsonc",
  "deno/server.js",
  "bun/server.js",
  "node/server.mjs",
  "node/server.cjs",
  "browser/inspect.js",
];

/** Lines between these are for the tests. */
const FOR_TESTS = /^[ \t]*\/\/ #region tests\n.*?\/\/ #endregion\n/gms;

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");

test("the README's blocks are the projects' files; the first and the last only name the API", async () => {
  const readme = await read("../../pkg-template/README.md");
  const all = [...readme.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.match(all.at(0), /atlas\.lookup/);
  assert.match(all.at(-1), /new AtlasMonitor/);
  const files = await Promise.all(SHOWN.map(async (path) => (await read(path)).replace(FOR_TESTS, "")));
  assert.deepEqual(all.slice(1, -1), files);
});
