// Whether the lean rival does the job as far as it goes: for every fixture it must decide as the fixture says, but for what it
// takes on trust. Otherwise comparing its speed means nothing.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { ROOT } from "../../scripts/lib/paths.mjs";
import { createReader } from "./lean.mjs";

const FIXTURES = join(ROOT, "tests", "fixtures", "snapshots");

/** What it takes on trust: that what is not an envelope is of another format, and that a payload has its shape. */
const ON_TRUST = new Set(["no-format", "not-an-object", "records-miscounted", "template-without-premium", "version-zero"]);

/** Throws at the first decision that differs. Returns how many were compared. */
export async function assertSameDecisions() {
  const files = (await readdir(FIXTURES)).filter((name) => name.endsWith(".json"));
  let compared = 0;
  for (const file of files.filter((name) => !ON_TRUST.has(name.replace(".json", "")))) {
    const { items, lookup, now, expect } = JSON.parse(await readFile(join(FIXTURES, file), "utf8"));
    const client = { getAll: async (keys) => Object.fromEntries(keys.filter((key) => Object.hasOwn(items, key)).map((key) => [key, items[key]])) };
    const { source, reason } = await createReader({ client, timeoutMs: 5_000, now: () => Date.parse(now) }).lookup(lookup);
    assert.equal(source === "atlas" ? "hit" : reason, expect.decision, file);
    compared += 1;
  }
  return compared;
}
