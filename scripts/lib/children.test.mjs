// Ending a program ends all that it started, also when it ignores the first request or is stopped.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { start } from "./children.mjs";
import { ROOT } from "./paths.mjs";
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

for (const name of ["start", "test", "bench"]) {
  test(`SIGTERM to \`npm run ${name}\` ends the program: the shell that npm starts would not pass it on`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "atlas-npm-"));
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const script = scripts[name].replace(/\S+\.mjs/, "program.mjs");
    await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { [name]: script } }));
    await writeFile(join(folder, "program.mjs"), "console.log(process.pid); setInterval(() => {}, 1000);");
    const npm = spawn("npm", ["run", name], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    let program;
    createInterface(npm.stdout).on("line", (line) => (program ??= Number(line) || undefined));
    await until("the program's id", () => program);
    t.after(() => isThere(program) && process.kill(program, "SIGKILL"));
    t.after(() => rm(folder, { recursive: true }));
    npm.kill("SIGTERM");
    await until("end of the program", () => !isThere(program), 5_000);
  });
}

test("a program that is not there is told", async () => {
  assert.equal(await start("no-such-program", [], {}).ended, "not found");
});
