// Makes sure that everything that a script of package.json needs is on this machine; quick when it is.
//
//   node scripts/setup.mjs [--for build|bench|start|test]      default: test, which needs all of it
import { parseArgs } from "node:util";

import { NEEDS, setUp } from "./lib/setup.mjs";

const { values } = parseArgs({ options: { for: { type: "string", default: "test" } } });
const needs = NEEDS[values.for];
if (!needs) {
  console.error(`setup: --for: expected ${Object.keys(NEEDS).join(" or ")}, found ${values.for}`);
  process.exit(2);
}
const problems = await setUp(needs);
for (const problem of problems) console.error(`\nsetup: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
