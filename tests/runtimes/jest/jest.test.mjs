// Jest, in its environments node, jsdom and edge-runtime: the scenarios, and the recipe of the package's README. In jsdom
// as it comes, which has no TextEncoder, importing works, and without code generation.
import { join } from "node:path";

import { attempt } from "../../../scripts/lib/run.mjs";
import { testRunner } from "../harness/runner.mjs";

const cwd = import.meta.dirname;

// Without code generation Node 22 ends by itself when one of these is touched, as Jest does.
const { how } = await attempt(process.execPath, ["--jitless", "--eval", "void [globalThis.MessageEvent, globalThis.WebSocket]"]);
const skips = { forbidden: how !== 0 && "this Node ends by itself under --jitless" };

for (const [environment, tests] of Object.entries({ node: 3, jsdom: 3, edge: 3, bare: 1, forbidden: 1 })) {
  const flags = environment === "forbidden" ? ["--jitless"] : [];
  testRunner(`Jest, ${environment}`, {
    cwd,
    args: [...flags, join(cwd, "node_modules", "jest", "bin", "jest.js"), "--runInBand", "--selectProjects", environment],
    passed: new RegExp(`^Tests: +${tests} passed, ${tests} total$`, "m"),
    skip: skips[environment],
  });
}
