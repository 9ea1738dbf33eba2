// The table has a row for every reason of the contract.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { EXPECTED } from "./expected.mjs";

test("each reason that the package's types name is provoked in some row", async () => {
  const types = await readFile(new URL("../../pkg-template/index.d.ts", import.meta.url), "utf8");
  const [, union] = /type FallbackReason =([^;]+);/.exec(types);
  const reasons = [...union.matchAll(/"(\w+)"/g)].map(([, reason]) => reason);
  assert.equal(reasons.length, 14);
  const outcomes = Object.values(EXPECTED).flat();
  assert.deepEqual(reasons.filter((reason) => !outcomes.some((outcome) => outcome?.reason === reason)), []);
});
