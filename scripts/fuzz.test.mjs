// What `npm run fuzz` does with arguments that it cannot use. Nothing is fuzzed here.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { ROOT } from "./lib/paths.mjs";

test("arguments that cannot be used are refused with what is expected", () => {
  for (const words of [["--nope"], ["nope"], ["--seconds"], ["--seconds", "0"], ["--seconds", "soon"], ["--seconds", "0.5"]]) {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts", "fuzz.mjs"), ...words], { encoding: "utf8", timeout: 20_000 });
    assert.equal(status, 2, `${words}: ${stderr}`);
    assert.match(stderr, /^fuzz: expected targets \(.*verifier\) and --seconds/, `${words}`);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
  }
});
