// The benchmark compares readers that do the same job.
import assert from "node:assert/strict";
import { test } from "node:test";

import { assertSameDecisions } from "./same.mjs";

test("Atlas and the hand-written reader decide alike, on good snapshots and on bad ones", async () => {
  const counts = await assertSameDecisions();
  const reasons = ["clock_skew", "corrupt", "expired", "hit", "key_missing", "record_missing", "rollback", "schema_version_mismatch", "timeout", "unavailable", "unsupported_format"];
  assert.deepEqual(Object.keys(counts).sort(), reasons);
});
