import assert from "node:assert/strict";
import { test } from "node:test";

import { exitCode } from "./verdict.mjs";

test("a run that is checked fails if a target was missed, and if none was judged", () => {
  assert.equal(exitCode(true, [true, true]), 0);
  assert.equal(exitCode(true, [true, false]), 1);
  assert.equal(exitCode(true, []), 1);
  assert.equal(exitCode(false, []), 0);
  assert.equal(exitCode(false, [false]), 0);
});
