// The benchmark's PostgreSQL ends with the benchmark, however that ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

const BENCH = `
  const { startPostgres } = await import(${JSON.stringify(new URL("postgres.mjs", import.meta.url).href)});
  const { directory } = await startPostgres({ templates: 1, schemas: 1 });
  console.log(directory);
  if (process.argv.includes("fail")) throw new Error("an early error");
  setInterval(() => {}, 1000);
`;

for (const [what, argument, end, code] of [
  ["Ctrl-C", "wait", (child) => child.kill("SIGINT"), 130],
  ["SIGTERM", "wait", (child) => child.kill("SIGTERM"), 143],
  ["an error", "fail", () => {}, 1],
]) {
  test(`${what} ends the server too, and removes what it wrote`, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", BENCH, argument], { stdio: ["ignore", "pipe", "ignore"] });
    const ended = new Promise((done) => child.once("exit", done));
    const directory = await new Promise((done) => createInterface({ input: child.stdout }).once("line", done));
    const port = argument === "wait" ? portOf(directory) : undefined;
    end(child);
    assert.equal(await ended, code);
    assert.ok(!existsSync(directory), `${directory} is left`);
    if (port !== undefined) await assert.rejects(once(connect(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
  });
}

/** The fourth line of what the server writes about itself. */
function portOf(directory) {
  return Number(readFileSync(join(directory, "data", "postmaster.pid"), "utf8").split("\n")[3]);
}
