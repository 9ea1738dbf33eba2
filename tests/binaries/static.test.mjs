// The binaries themselves: static, small, quick to start, for both machines, and with nothing of this one in them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { PLATFORMS, binaryOf, emulatorOf } from "../../scripts/lib/binaries.mjs";
import { MICHAEL, ROOT } from "../../scripts/lib/paths.mjs";
import { attempt, run } from "../../scripts/lib/run.mjs";
import { toEnd } from "./place.mjs";

/** The most that a binary may weigh, in bytes. */
const MOST_BYTES = 12_000_000;
/** The longest that it may take to start. The best of many tries counts: the others are other programs' fault. */
const START_MS = 10;
const FEWEST_TRIES = 40;
const MOST_TRIES = 400;

let directory;
before(async () => (directory = await mkdtemp(join(tmpdir(), "atlas-static-"))));
after(() => rm(directory, { recursive: true }));

for (const platform of PLATFORMS) {
  const binary = binaryOf(platform);
  const here = platform.cpu === process.arch;

  test(`the binary for ${platform.name} is static, stripped, and for that machine`, async () => {
    const told = await run("file", ["--brief", binary]);
    assert.match(told, /ELF 64-bit LSB/);
    assert.match(told, platform.cpu === "x64" ? /x86-64/ : /ARM aarch64/);
    assert.match(told, /static-pie linked|statically linked/);
    assert.match(told, /(?<!not )stripped/);
    if (here) assert.match((await attempt("ldd", [binary])).output, /statically linked|not a dynamic executable/);
  });

  test(`the binary for ${platform.name} weighs at most 12 MB`, async (t) => {
    const { size } = await stat(binary);
    t.diagnostic(`${size} bytes`);
    assert.ok(size <= MOST_BYTES, `expected at most ${MOST_BYTES} bytes, found ${size}`);
  });

  test(`the binary for ${platform.name} holds no path of the machine that built it`, async () => {
    const bytes = await readFile(binary);
    // With the slash: `#/$defs/root` is in a crate, and is no folder.
    for (const path of [join(homedir(), "/"), join(ROOT, "/")]) assert.ok(!bytes.includes(path), `it holds ${path}`);
    // What is put in place of those paths is there: the test can fail.
    assert.ok(bytes.includes("crates/"));
  });

  test(`the binary for ${platform.name} holds the inspector`, async () => {
    const page = await readFile(join(ROOT, "www", "dist", "index.html"));
    assert.ok((await readFile(binary)).includes(page), "it does not hold www/dist/index.html");
  });

  test(`the binary for ${platform.name} runs a sync and a verify`, async (t) => {
    const [command, ...first] = here ? [binary] : [emulatorOf(platform.machine), binary];
    const at = { cwd: directory, env: { PATH: process.env.PATH } };
    const begun = performance.now();
    const store = `file:${platform.name}.json`;
    const synced = await toEnd(command, [...first, "sync", "--json", "--source", `file:${MICHAEL}`, "--store", store], at);
    assert.equal(synced.code, 0, synced.stderr);
    t.diagnostic(`${here ? "" : `under ${command}, `}${Math.round(performance.now() - begun)} ms`);
    assert.equal(JSON.parse(synced.stdout).outcome, "published");
    const verified = await toEnd(command, [...first, "verify", "--json", "--store", store], at);
    assert.equal(verified.code, 0, verified.stderr);
    assert.equal(JSON.parse(verified.stdout).verified, true);
  });
}

test("the two binaries publish the same snapshot", async () => {
  const stores = await Promise.all(PLATFORMS.map(({ name }) => readFile(join(directory, `${name}.json`), "utf8")));
  const [first, second] = stores.map((text) => {
    const entries = JSON.parse(text).items.filter(({ value }) => value.payload !== undefined);
    return entries.map(({ key, value }) => ({ key, payload: value.payload }));
  });
  assert.equal(first.length, 3);
  assert.deepEqual(second, first);
});

test("the binary for this machine starts in under 10 ms", (t) => {
  const binary = binaryOf(PLATFORMS.find(({ cpu }) => cpu === process.arch));
  const times = [];
  while (times.length < FEWEST_TRIES || (Math.min(...times) >= START_MS && times.length < MOST_TRIES)) {
    const begun = performance.now();
    const { status, stdout } = spawnSync(binary, ["--version"], { encoding: "utf8" });
    times.push(performance.now() - begun);
    assert.equal(status, 0);
    assert.match(stdout, /^atlas-sync \d+\.\d+\.\d+/);
  }
  times.sort((a, b) => a - b);
  const [best, median] = [times[0], times[Math.floor(times.length / 2)]];
  t.diagnostic(`--version, Node's spawn included: best of ${times.length} ${best.toFixed(1)} ms, median ${median.toFixed(1)} ms`);
  assert.ok(best < START_MS, `expected less than ${START_MS} ms, found ${best.toFixed(1)} ms at best`);
});
