// A runtime that is started so that it compiles no Wasm.
import assert from "node:assert/strict";
import { test } from "node:test";

import { environment } from "../../../scripts/lib/paths.mjs";
import { attempt } from "../../../scripts/lib/run.mjs";
import { FORBIDDEN } from "../expected.mjs";

/**
 * Runs a program that prints, as its last line, what it made of a package without Wasm. A rejection that nobody handles
 * ends it with another code than 0.
 *
 * @param {string} name what runs
 * @param {{ command: string, args: string[], cwd: string, env?: Record<string, string> }} program
 */
export function testForbidden(name, { command, args, cwd, env }) {
  test(`${name}, no code generation: importing works, and every lookup is internal_error`, async () => {
    const { how, output, result } = await attempt(command, args, { cwd, env: environment(env) });
    assert.equal(how, 0, output);
    assert.deepEqual(JSON.parse(result.split("\n").at(-1)), FORBIDDEN);
  });
}
