// Jest, in its environments node, jsdom and edge-runtime: the scenarios, and the recipe of the package's README. In jsdom
// as it comes, which has no TextEncoder, importing works, and without code generation.
import { join } from "node:path";

import { testRunner } from "../harness/runner.mjs";

const cwd = import.meta.dirname;

for (const [environment, tests] of Object.entries({ node: 3, jsdom: 3, edge: 3, bare: 1, forbidden: 1 })) {
  const flags = environment === "forbidden" ? ["--jitless"] : [];
  testRunner(`Jest, ${environment}`, {
    cwd,
    args: [...flags, join(cwd, "node_modules", "jest", "bin", "jest.js"), "--runInBand", "--selectProjects", environment],
    passed: new RegExp(`^Tests: +${tests} passed, ${tests} total$`, "m"),
  });
}
