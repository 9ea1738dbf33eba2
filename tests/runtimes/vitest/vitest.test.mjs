// Vitest in each of its pools: the scenarios, and the recipes of the package's README.
import { join } from "node:path";

import { testRunner } from "../harness/runner.mjs";

const cwd = import.meta.dirname;

/** In the pools that make a realm, what a test takes from its global is still there for packages. */
const WITHOUT_STUBS = ["--exclude", "forbidden.spec.js"];

for (const [pool, flags, tests] of [
  ["threads", [], 6],
  ["forks", [], 6],
  ["vmThreads", WITHOUT_STUBS, 5],
  ["vmForks", WITHOUT_STUBS, 5],
]) {
  testRunner(`Vitest, ${pool}`, {
    cwd,
    args: [join(cwd, "node_modules", "vitest", "vitest.mjs"), "run", "--pool", pool, ...flags],
    passed: new RegExp(`^ +Tests +${tests} passed \\(${tests}\\)$`, "m"),
  });
}
