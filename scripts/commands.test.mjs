// The command lines of the build scripts and of the fuzzer: nothing is built or run for one that is wrong.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

import { ROOT } from "./lib/paths.mjs";

const COMMANDS = { build: "build.mjs", "build:binaries": "build-binaries.mjs", "build:inspector": "build-inspector.mjs", fuzz: "fuzz.mjs" };

for (const [name, script] of Object.entries(COMMANDS)) {
  // Without a PATH nothing can be built.
  const run = (...args) =>
    spawnSync(process.execPath, [join(ROOT, "scripts", script), ...args], { encoding: "utf8", timeout: 20_000, env: { PATH: "" } });

  test(`npm run ${name} explains itself, and refuses what it does not know`, () => {
    const help = run("--help");
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, new RegExp(`^npm run ${name} -- `));
    const refused = run("--recrod");
    assert.equal(refused.status, 2, refused.stderr);
    assert.equal(refused.stderr, `${name}: unknown option '--recrod'; --help names the options\n`);
  });
}

test("the fuzzer refuses targets and times that it cannot use, in one line", () => {
  for (const words of [["nope"], ["--seconds"], ["--seconds", "0"], ["--seconds", "soon"], ["--seconds", "0.5"]]) {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts", "fuzz.mjs"), ...words], { encoding: "utf8", timeout: 20_000 });
    assert.equal(status, 2, `${words}: ${stderr}`);
    assert.match(stderr, /^fuzz: .*; --help names the options\n$/, `${words}`);
  }
});
