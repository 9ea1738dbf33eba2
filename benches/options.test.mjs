// The command lines of the benchmarks: nothing is built or measured for one that is wrong.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { parse, usage } from "../scripts/lib/options.mjs";

const KNOWN = {
  rounds: { value: "N", least: 1, default: "15", about: "rounds" },
  only: { value: "RUNTIME", oneOf: ["node", "workerd"], about: "one runtime" },
  check: { about: "fail if a target is missed" },
};
const BENCHES = ["sync", "reader", "cold", "crowd", "fleet"];

const program = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (...args) => spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });

test("numbers are numbers, and what is not given is undefined or as usual", () => {
  const { rounds, only, check } = parse(KNOWN, ["--rounds=3", "--check"]);
  assert.deepEqual({ rounds, only, check }, { rounds: 3, only: undefined, check: true });
  assert.equal(parse(KNOWN, []).rounds, 15);
});

test("what is unknown or no value is refused, in one line", () => {
  const cases = [
    [["--chekc"], "unknown option '--chekc'"],
    [["node"], "unexpected argument 'node'"],
    [["--rounds", "abc"], "--rounds: expected a whole number of at least 1, found abc"],
    [["--rounds", "0"], "--rounds: expected a whole number of at least 1, found 0"],
    [["--rounds", "1.5"], "--rounds: expected a whole number of at least 1, found 1.5"],
    [["--only", "nodejs"], "--only: expected node or workerd, found nodejs"],
  ];
  for (const [args, message] of cases) {
    assert.throws(() => parse(KNOWN, args), (error) => error.message.startsWith(message) && !error.message.includes("\n"), message);
  }
});

test("the usage names every option, with its default", () => {
  const text = usage("some", "What it measures.", KNOWN);
  for (const line of ["--rounds N", "default 15", "--only RUNTIME", "node or workerd", "--check", "--help"]) assert.ok(text.includes(line), line);
});

for (const bench of BENCHES) {
  test(`${bench} explains itself, and refuses what it does not know`, () => {
    const help = run(program(`${bench}/bench.mjs`), "--help");
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, new RegExp(`npm run bench -- ${bench} `));
    const refused = run(program(`${bench}/bench.mjs`), "--chekc");
    assert.equal(refused.status, 2, refused.stderr);
    assert.equal(refused.stderr, `${bench}: unknown option '--chekc'; --help names the options\n`);
  });
}

test("fleet says that cargo is missing", () => {
  const { status, stderr } = spawnSync(process.execPath, [program("fleet/bench.mjs"), "--isolates", "1"], { encoding: "utf8", env: { PATH: "" } });
  assert.equal(status, 1);
  assert.equal(stderr, "fleet: cargo could not be started (ENOENT); install Rust with rustup, then open a new shell\n");
});

test("bench explains itself, refuses what it does not know, and ends as the benchmark that it runs", () => {
  assert.equal(run(program("run.mjs"), "--help").status, 0);
  assert.equal(run(program("run.mjs"), "fleat").status, 2);
  assert.equal(run(program("run.mjs"), "fleet", "--isolates", "0").status, 2);
});
