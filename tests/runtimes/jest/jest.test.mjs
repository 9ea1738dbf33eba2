// Jest, in its environments node, jsdom and edge-runtime: the scenarios, and the recipe of the package's README.
import { join } from "node:path";

import { testRunner } from "../harness/runner.mjs";

const cwd = import.meta.dirname;

for (const environment of ["node", "jsdom", "edge"]) {
  testRunner(`Jest, ${environment}`, {
    cwd,
    args: [join(cwd, "node_modules", "jest", "bin", "jest.js"), "--selectProjects", environment],
    passed: /^Tests: +3 passed, 3 total$/m,
  });
}
