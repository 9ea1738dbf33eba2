// The bounds of the sync's benchmark, on both sides.
import assert from "node:assert/strict";
import { test } from "node:test";

import { missed } from "./bounds.mjs";

test("a sync that keeps both bounds is passed over, and one beyond either is named", () => {
  const sync = (ms, peakKb) => missed(100, [{ name: "sync", ms, peakKb }]);
  assert.deepEqual(sync(50, 64 * 1024), []);
  assert.deepEqual(sync(50.1, 64 * 1024), ["sync: expected at most 0.5 of the script's time, found 0.501"]);
  assert.deepEqual(sync(50, 64 * 1024 + 103), ["sync: expected at most 64 MB, found 64.1"]);
  assert.deepEqual(sync(50, 0), ["sync: expected at most 64 MB, found 0.0"]);
  assert.equal(sync(100, 100 * 1024).length, 2);
  assert.deepEqual(missed(0, [{ name: "sync", ms: 0, peakKb: 1024 }]), ["sync: expected a time beside the script's, found 0.0 ms beside 0.0 ms"]);
});
