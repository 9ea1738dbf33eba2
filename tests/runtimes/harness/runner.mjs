// A test runner with the packed package: it plays the scenarios inside its own test files, and says whether they passed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { environment } from "../../../scripts/lib/paths.mjs";
import { attempt } from "../../../scripts/lib/run.mjs";
import { openStand } from "./stand.mjs";

/**
 * One run of a test runner beside a stand.
 *
 * @param {string} name what runs
 * @param {{ cwd: string, args: string[], env?: Record<string, string>, passed: RegExp, skip?: string | false }} program
 *   Node's arguments, what is printed when every test has run and passed, and why it cannot run here
 */
export function testRunner(name, { cwd, args, env, passed, skip = false }) {
  test(name, { skip }, async (t) => {
    const stand = await openStand();
    t.after(() => stand.close());
    const variables = environment({ ...env, ATLAS_CONTROL: stand.control, NO_COLOR: "1", FORCE_COLOR: "0" });
    // Node's own test runner says so to what it starts.
    delete variables.NODE_TEST_CONTEXT;
    const { how, output } = await attempt(process.execPath, args, { cwd, env: variables });
    assert.equal(how, 0, output);
    assert.match(output, passed);
  });
}
