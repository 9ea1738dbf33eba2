import assert from "node:assert/strict";
import test from "node:test";

import { seconds } from "./progress.mjs";

test("a time has tenths up to two minutes, and never 60 seconds beside its minutes", () => {
  const shown = [0, 1_249, 119_999, 120_000, 179_499, 179_500, 200_000].map(seconds);
  assert.deepEqual(shown, ["0.0 s", "1.2 s", "120.0 s", "2 min 0 s", "2 min 59 s", "3 min 0 s", "3 min 20 s"]);
});
