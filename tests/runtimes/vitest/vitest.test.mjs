// Vitest in each of its pools: the scenarios, and the recipe of the package's README.
import { join } from "node:path";

import { testRunner } from "../harness/runner.mjs";

const cwd = import.meta.dirname;

for (const pool of ["threads", "forks", "vmThreads", "vmForks"]) {
  testRunner(`Vitest, ${pool}`, {
    cwd,
    args: [join(cwd, "node_modules", "vitest", "vitest.mjs"), "run", "--pool", pool],
    passed: /^ +Tests +5 passed \(5\)$/m,
  });
}
