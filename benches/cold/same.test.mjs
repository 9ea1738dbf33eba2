import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSameDecisions } from "./same.mjs";

test("the lean rival decides as the fixtures say, as far as it goes", async () => {
  assert.ok((await assertSameDecisions()) > 25);
});
