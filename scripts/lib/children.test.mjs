// Ending a program ends all that it started, also when it ignores the first request or is stopped.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { start } from "./children.mjs";
import { until } from "./until.mjs";

/** A shell that prints its own and its child's id, and waits. */
async function startFamily(script) {
  const lines = [];
  const family = start("sh", ["-c", `${script} sleep 600 & echo $!; wait`], { onLine: (line) => lines.push(line) });
  const grandchild = Number(await until("the child's id", () => lines[0]));
  return { family, grandchild };
}

/** Whether a process runs. One that has ended but was not collected yet, a zombie, does not. */
function isThere(pid) {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}

test("stop ends a program and what it started", async () => {
  const { family, grandchild } = await startFamily("");
  assert.ok(isThere(grandchild));
  assert.equal(await family.stop(), "SIGTERM");
  await until("end of the child", () => !isThere(grandchild));
  assert.equal(await family.stop(), "SIGTERM");
});

test("a stopped program ends too", async () => {
  const { family, grandchild } = await startFamily("");
  family.signal("SIGSTOP");
  await family.stop();
  await until("end of the child", () => !isThere(grandchild));
});

test("what a program leaves behind ends with it", async () => {
  const lines = [];
  const parent = start("sh", ["-c", "sleep 600 & echo $!"], { onLine: (line) => lines.push(line) });
  assert.equal(await parent.ended, 0);
  await until("end of the child", () => !isThere(Number(lines[0])));
});

test("a second Ctrl-C leaves nothing behind: npm passes each on that the terminal has sent already", async () => {
  const source = `
    import { start } from ${JSON.stringify(new URL("children.mjs", import.meta.url))};
    const script = 'trap "sleep 0.3; exit" TERM; sleep 600 & echo $!; wait';
    start("sh", ["-c", script], { onLine: (line) => console.log(line) });`;
  const lines = [];
  const parent = start(process.execPath, ["--input-type=module", "-e", source], { onLine: (line) => lines.push(line) });
  const grandchild = Number(await until("the child's id", () => lines[0]));
  process.kill(parent.pid, "SIGINT");
  const again = setInterval(() => process.kill(parent.pid, "SIGINT"), 20);
  void parent.ended.then(() => clearInterval(again));
  assert.equal(await parent.ended, 130);
  await until("end of the child", () => !isThere(grandchild));
});

test("a program that is not there is told", async () => {
  assert.equal(await start("no-such-program", [], {}).ended, "not found");
});
