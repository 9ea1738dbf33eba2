// What a benchmark takes from the projects of the runtime matrix has to be installed for it: `npm run bench` is the first that
// somebody may run.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { test } from "node:test";

import { ROOT } from "../scripts/lib/paths.mjs";
import { stepsFor } from "../scripts/lib/setup.mjs";
import { filesBelow } from "../scripts/lib/stamp.mjs";

const CODE = /\.[cm]?[jt]s$/;
const notOurs = (name) => ["node_modules", ".next", "target"].includes(name) || name.endsWith(".test.mjs");

test("every project that a benchmark names is installed for the benchmarks, and no other", async () => {
  const named = new Set();
  for (const path of await filesBelow(import.meta.dirname, notOurs)) {
    if (!CODE.test(path)) continue;
    const paths = (await readFile(path, "utf8")).matchAll(/"tests", "runtimes", "([^"]+)"|tests\/runtimes\/([\w-]+)/g);
    for (const [, joined, written] of paths) named.add(`tests/runtimes/${joined ?? written}`);
  }
  assert.ok(named.size > 0, relative(ROOT, import.meta.dirname));
  const prefix = "npm packages of ";
  const installed = stepsFor("bench").filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  assert.deepEqual(installed.toSorted(), [...named].toSorted());
});
