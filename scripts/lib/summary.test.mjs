// The counts are read from real output of the runners, and a run without a test is not green.
import assert from "node:assert/strict";
import { test } from "node:test";

import { countCargo, countCheck, countNode, judge, sum } from "./summary.mjs";

const CARGO = `
running 2 tests
test a ... ok
test b ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: ok. 40 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.42s
`;

const NODE = `✔ one (1.2ms)
✖ two (0.3ms)
ℹ tests 3
ℹ suites 0
ℹ pass 1
ℹ fail 1
ℹ cancelled 1
ℹ skipped 4
`;

test("cargo's lines are added up", () => {
  assert.deepEqual(countCargo(CARGO), { passed: 41, failed: 1, skipped: 0 });
});

test("node's summary is read: what was cancelled has failed, and what was skipped has not passed", () => {
  assert.deepEqual(countNode(NODE), { passed: 1, failed: 2, skipped: 4 });
});

test("a file without a test does not count as one", () => {
  for (const path of ["/somewhere/tests/empty.test.mjs", "tests/empty.test.mjs"]) {
    assert.deepEqual(countNode(`✔ ${path} (30.1ms)\nℹ pass 1\nℹ fail 0\nℹ cancelled 0\n`), { passed: 0, failed: 0, skipped: 0 });
  }
});

test("a run that ended with 0 and ran no test has failed", () => {
  const nothing = { how: 0, output: "test result: ok. 0 passed; 0 failed; 0 ignored;" };
  assert.deepEqual(judge(nothing, countCargo), { passed: 0, failed: 1, problem: "ran no test" });
});

test("a run that ended badly has failed, whatever it counted", () => {
  const crashed = { how: "SIGSEGV", output: "test result: ok. 3 passed; 0 failed; 0 ignored;" };
  assert.deepEqual(judge(crashed, countCargo), { passed: 3, failed: 1, skipped: 0, problem: "ended with SIGSEGV" });
  assert.deepEqual(judge({ how: 101, output: "error: could not compile" }, countCargo).failed, 1);
});

test("a run that counted its own failures is not counted twice", () => {
  assert.deepEqual(judge({ how: 1, output: NODE }, countNode), { passed: 1, failed: 2, skipped: 4 });
});

test("a check is one test", () => {
  assert.deepEqual(judge({ how: 0, output: "" }, countCheck), { passed: 1, failed: 0 });
  assert.equal(judge({ how: 1, output: "" }, countCheck).failed, 1);
});

test("counts are added up", () => {
  assert.deepEqual(sum([{ passed: 1, failed: 0 }, { passed: 2, failed: 3, skipped: 4 }]), { passed: 3, failed: 3, skipped: 4 });
  assert.deepEqual(sum([]), { passed: 0, failed: 0, skipped: 0 });
});
