// The package's README shows code that these projects really run: each block is a file of a project, less what is
// there for the tests alone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

/** The project files that the README shows, in its order. */
const SHOWN = [
  "next/lib/widget.ts",
  "vercel/signed.js",
  "next/embedded/package.json",
  "next/embedded/lib/atlas.ts",
  "next/embedded/app/decision/route.ts",
  "browser/embedded/package.json",
  "browser/embedded/src/server.js",
  "workerd/embedded/wrangler.jsonc",
  "workerd/embedded/worker.js",
  "next/lib/render.ts",
  "vercel/server-timing.js",
  "vercel/tracing.js",
  "vercel/instrumentation.js",
  "vercel/on-vercel.js",
  "vitest/widget.spec.js",
  "jest/widget.test.cjs",
  "jest/environment-jsdom.cjs",
  "next/proxy/proxy.ts",
  "next/edge/middleware.ts",
  "next/edge/app/route/[publicId]/route.ts",
  "next/proxy/app/page/[publicId]/page.tsx",
  "next/cached/app/page/[publicId]/page.tsx",
  "workerd/worker.js",
  "workerd/wrangler.jsonc",
  "opennext/next.config.mjs",
  "deno/server.js",
  "bun/server.js",
  "node/server.mjs",
  "node/server.cjs",
  "sveltekit/src/routes/e/[publicId]/+server.js",
  "nitro/routes/e/[publicId].ts",
  "nitro/nitro.config.ts",
  "browser/inspect.js",
];

/** Lines between these are for the tests. */
const FOR_TESTS = /^[ \t]*\/\/ #region tests\n.*?\/\/ #endregion\n/gms;

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");

test("the README's blocks are the projects' files; but for commands, and the last, which names an API", async () => {
  const readme = await read("../../pkg-template/README.md");
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, language]) => language !== "sh");
  const all = blocks.map(([, , code]) => code);
  assert.match(all.at(-1), /new AtlasMonitor/);
  const files = await Promise.all(SHOWN.map(async (path) => (await read(path)).replace(FOR_TESTS, "")));
  assert.deepEqual(all.slice(0, -1), files);
});

test("the README's tables have every option and every reason of the types, and the ranges that are enforced", async () => {
  const [readme, types, options] = await Promise.all(
    ["README.md", "index.d.ts", "lib/options.js"].map((name) => read(`../../pkg-template/${name}`)),
  );
  const rows = new Map([...readme.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, name, cells]) => [name, cells]));
  const [, union] = /type FallbackReason =([^;]+);/.exec(types);
  for (const [, reason] of union.matchAll(/"(\w+)"/g)) assert.ok(rows.has(reason), reason);
  const [, members] = /interface AtlasOptions \{(.*?)^\}/ms.exec(types);
  const names = [...members.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
  assert.ok(names.length > 8, `${names}`);
  for (const name of names) assert.ok(rows.has(name), name);
  const times = [...options.matchAll(/^ {2}(\w+Ms): \[(.*)\],$/gm)];
  assert.equal(times.length, 6);
  for (const [, name, numbers] of times) {
    const [least, most, otherwise] = numbers.split(", ").map((number) => number.replaceAll("_", " "));
    assert.ok(rows.get(name).startsWith(`${least} to ${most} | ${otherwise} `), `${name}: ${rows.get(name)}`);
  }
});

test("a link inside the README leads to a heading", async () => {
  const readme = await read("../../pkg-template/README.md");
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, text]) => text.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-"));
  const links = [...readme.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor]) => anchor);
  assert.ok(links.length > 10, `${links.length} links`);
  assert.deepEqual(links.filter((anchor) => !headings.includes(anchor)), []);
});
