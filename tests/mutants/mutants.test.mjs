// Puts each fault of faults.mjs into a copy of the package, one at a time, and holds the schedule explorer to finding it.
// The copy without a fault breaks no rule.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

import { PACKAGE, ROOT } from "../../scripts/lib/paths.mjs";
import { CRATE, copyCrate, withWasmOf } from "./crate.mjs";
import { IN_JAVASCRIPT, IN_RUST } from "./faults.mjs";

const run = promisify(execFile);
/** Where the copies are. */
const PLACE = join(ROOT, "target", "mutants");
const MUTANT = join(PLACE, "package");
const EXPLORER = join(ROOT, "tests", "interleavings", "node.mjs");
/** What the explorer has for the package itself. */
const LOOKUPS = 1_000_000;
const LONGEST_MS = 540_000;
/** Enough to know that a copy is the package. */
const LOOKUPS_WITHOUT_FAULT = 20_000;

async function explore(lookups) {
  const plan = { package: MUTANT, first: Number(process.env.ATLAS_SEED ?? 1), lookups, shrinks: false };
  const { stdout } = await run(process.execPath, [EXPLORER, JSON.stringify(plan)], { timeout: LONGEST_MS, maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

/** A copy of the package as it is. */
async function copyPackage() {
  await rm(MUTANT, { recursive: true, force: true });
  await cp(PACKAGE, MUTANT, { recursive: true });
}

/** Puts a fault into a file; what it replaces has to be there exactly once. */
async function putIn(folder, { file, changes }) {
  const path = join(folder, file);
  let text = await readFile(path, "utf8");
  for (const [from, to] of changes) {
    const found = text.split(from).length - 1;
    assert.equal(found, 1, `${file}: expected once, found ${found} times: ${from}`);
    text = text.replace(from, () => to);
  }
  await writeFile(path, text);
}

async function isFound(t) {
  const { failure, schedules, lookups } = await explore(LOOKUPS);
  assert.ok(failure !== undefined, `not found in ${lookups} lookups`);
  t.diagnostic(`${failure.rule}, seed ${failure.seed}, after ${lookups} lookups in ${schedules} schedules: ${failure.message}`);
}

async function isClean() {
  const { failure } = await explore(LOOKUPS_WITHOUT_FAULT);
  assert.equal(failure, undefined, failure && `${failure.rule}: ${failure.message}`);
}

test("in the package's JavaScript", async (t) => {
  await t.test("no fault", async () => {
    await copyPackage();
    await isClean();
  });
  for (const fault of IN_JAVASCRIPT) {
    await t.test(fault.fault, async (t) => {
      await copyPackage();
      await putIn(MUTANT, fault);
      await isFound(t);
    });
  }
});

test("in the crate", async (t) => {
  await t.test("no fault", async () => {
    await copyPackage();
    await copyCrate();
    await withWasmOf(MUTANT);
    await isClean();
  });
  for (const fault of IN_RUST) {
    await t.test(fault.fault, async (t) => {
      await copyPackage();
      await copyCrate();
      await putIn(CRATE, fault);
      await withWasmOf(MUTANT);
      await isFound(t);
    });
  }
});

after(() => rm(MUTANT, { recursive: true, force: true }));
