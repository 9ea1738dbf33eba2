// Counts tests from what the runners themselves print at their end. A run that counts none has failed: a test runner
// that finds nothing to run is green.

/** @typedef {{ passed: number, failed: number, skipped?: number }} Count */

/** `cargo test` and `wasm-pack test`: one line for each binary, "test result: ok. 5 passed; 0 failed; …". */
export function countCargo(output) {
  const counts = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed;/gm)];
  return sum(counts.map(([, passed, failed]) => ({ passed: Number(passed), failed: Number(failed) })));
}

/** `node --test --test-reporter=spec`: "ℹ pass 24", "ℹ fail 0", "ℹ cancelled 0",
 * "ℹ skipped 1". A test that was skipped has not passed, and is told apart. */
export function countNode(output) {
  const number = (name) => Number(new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  // A file without a test in it is counted by the runner as one test that passed, under the file's own path.
  const files = [...output.matchAll(/^✔ \/?(?:[^\s(]+\/)*[^\s(/]+\.test\.mjs \(/gm)].length;
  return { passed: Math.max(0, number("pass") - files), failed: number("fail") + number("cancelled"), skipped: number("skipped") };
}

/** A check that is one test: it passes if the program ends with 0. */
export function countCheck(_output, how) {
  return how === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * What one program's run counts for: by its summary, but never green if it ended badly, or if it ran no test.
 *
 * @param {{ how: number | string, output: string }} ended
 * @param {(output: string, how: number | string) => Count} count
 * @returns {Count & { problem?: string }}
 */
export function judge({ how, output }, count) {
  const counted = count(output, how);
  if (how !== 0 && counted.failed === 0) return { ...counted, failed: 1, problem: `ended with ${how}` };
  if (counted.passed + counted.failed === 0) return { passed: 0, failed: 1, problem: "ran no test" };
  return counted;
}

/** @param {readonly Count[]} counts */
export function sum(counts) {
  return counts.reduce(
    (total, { passed, failed, skipped = 0 }) => ({
      passed: total.passed + passed, failed: total.failed + failed, skipped: total.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}
