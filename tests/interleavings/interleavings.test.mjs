// Runs the schedule explorer (explore.mjs) over the packed package: a million lookups in Node, and 20,000 in workerd. The
// schedules are the same in each run; ATLAS_SEED has it begin at another seed.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { install } from "../package/installed.mjs";
import { exploreInWorkerd } from "./workerd.mjs";

const run = promisify(execFile);
const FIRST = Number(process.env.ATLAS_SEED ?? 1);
const LONGEST_MS = 540_000;

let installed;
before(async () => {
  installed = await install();
});
after(() => installed?.remove());

async function exploreInNode(plan) {
  const script = join(import.meta.dirname, "node.mjs");
  const argument = JSON.stringify({ package: installed.target, ...plan });
  const { stdout } = await run(process.execPath, [script, argument], { timeout: LONGEST_MS });
  return JSON.parse(stdout);
}

/** That no rule was broken. */
function holds(t, { failure, ...totals }, lookups) {
  t.diagnostic(JSON.stringify(totals));
  if (totals.seconds) t.diagnostic(`${Math.round(totals.lookups / totals.seconds)} lookups a second`);
  assert.ok(failure === undefined, failure && `${failure.rule}: ${failure.message}\n${failure.schedule}`);
  assert.ok(totals.lookups >= lookups && totals.hits > lookups / 4, "the schedules do what they are for");
}

/** That the schedules led to all that they are about. A few thousand lookups may not. */
function occur(totals) {
  for (const what of ["traps", "embedded", "lastResorts"]) assert.ok(totals[what] > 0, `${what} occur`);
  for (const reason of ["timeout", "unavailable", "key_missing", "corrupt", "rollback", "signature_invalid", "clock_skew", "expired", "breaker_open", "internal_error"]) {
    assert.ok(totals.fallbacks[reason] > 0, `${reason} occurs`);
  }
}

test("a million lookups in Node keep every rule", async (t) => {
  const lookups = 1_000_000;
  const explored = await exploreInNode({ first: FIRST, lookups });
  holds(t, explored, lookups);
  occur(explored);
});

test("20,000 lookups in workerd keep every rule", async (t) => {
  const lookups = 20_000;
  holds(t, await exploreInWorkerd(installed, { first: FIRST, lookups }), lookups);
});
