// `npm start` as a newcomer meets it: every address that it prints answers, and the README's walk is true word for word.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { start } from "../../scripts/lib/children.mjs";
import { ROOT, environment } from "../../scripts/lib/paths.mjs";
import { freePort, isFree } from "../../scripts/lib/ports.mjs";
import { attempt } from "../../scripts/lib/run.mjs";
import { until } from "../../scripts/lib/until.mjs";
import { commandsOf, take } from "./support/walk.mjs";

const START = join(ROOT, "scripts", "start.mjs");
/** Paths among the printed ones that answer nobody without a secret. */
const WANTS_SECRET = ["/jobs/atlas-sync", "/_atlas/faults"];
const OFFSETS = [0, 20, 30, 32];
/** Nothing is built here: `npm test -- clickeen` has built it. */
const LONGEST_START_MS = 120_000;

test("the addresses that npm start prints answer, and the README's walk is true", async (t) => {
  const base = await freeBase();
  const lines = [];
  const onLine = (line) => lines.push(line);
  // As in the shell of somebody who operates another store.
  const env = environment({ ATLAS_MIN_VERSION: "43", ATLAS_MAX_BYTES: "100" });
  const running = start(process.execPath, [START, "--port-base", `${base}`], { cwd: ROOT, env, onLine });
  t.after(() => running.stop());
  let over = null;
  void running.ended.then((how) => (over = { how }));
  await until(
    "end of npm start's set-up",
    () => {
      assert.equal(over, null, lines.join("\n"));
      return lines.some((line) => line.includes("Ctrl-C ends"));
    },
    LONGEST_START_MS,
  );
  const text = lines.join("\n");
  assert.match(text, /[\d.]+ s to the first hit\./);

  const printed = lines.slice(lines.findIndex((line) => line.includes("to the first hit")));
  const addresses = new Set(printed.join("\n").match(/http:\/\/[^\s"]+/g));
  assert.ok(addresses.size >= 5, [...addresses].join());
  for (const address of addresses) {
    const { status } = await fetch(address);
    assert.equal(status, WANTS_SECRET.some((path) => address.endsWith(path)) ? 401 : 200, address);
  }

  const home = await (await fetch(`http://127.0.0.1:${base}/`)).text();
  assert.match(home, new RegExp(`^State file: .*/start-${base}\\.json$`, "m"), "no other run, nor atlas-sync dev, has this state file");

  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const section = /^## Two commands$([\s\S]*?)^## /m.exec(readme)[1];
  const moved = section.replace(/127\.0\.0\.1:46(\d\d)/g, (_, offset) => `127.0.0.1:${base + Number(offset)}`);
  const commands = commandsOf(moved);
  assert.ok(commands.length >= 8, `${commands.length} commands`);
  assert.deepEqual(distinct(printedCommands(printed)), distinct(commands.map(({ command }) => command)), "what npm start prints, and the README's walk");
  for (const step of commands) await t.test(step.command.split("\n")[0], () => take(step, { cwd: ROOT, env: environment() }));
});

test("a port in use is named with its process, before anything is built", async (t) => {
  const base = await freeBase();
  const server = createServer();
  t.after(() => server.close());
  await new Promise((done) => server.listen(base + 20, "127.0.0.1", done));
  const { how, output } = await attempt(process.execPath, [START, "--port-base", `${base}`]);
  assert.equal(how, 1);
  assert.match(output, new RegExp(`port ${base + 20}, for paris, is in use by process ${process.pid}, .*node`));
  assert.doesNotMatch(output, /✓/);
});

test("--help says what is started and on which ports; a wrong port is refused", async () => {
  const help = await attempt(process.execPath, [START, "--help"]);
  assert.equal(help.how, 0);
  for (const word of ["--port-base", "4600", "+20", "+30", "+32", "ATLAS_PORT_BASE"]) assert.ok(help.output.includes(word), word);
  for (const port of ["0", "65504", "x", "-1"]) {
    const { how, output } = await attempt(process.execPath, [START, `--port-base=${port}`]);
    assert.equal(how, 2, port);
    assert.ok(output.includes(`found ${port}`), output);
  }
});

/** The commands that are printed, one a line. */
function printedCommands(lines) {
  return lines.map((line) => line.trim()).filter((line) => /^(curl|psql) /.test(line));
}

/** Each command once and on one line, in order; without the waiting in between. */
function distinct(commands) {
  const words = commands.map((command) => command.replace(/\s*\\\n\s*/g, " "));
  return [...new Set(words)].filter((command) => !command.startsWith("sleep ")).sort();
}

/** A first port with which all of them are free. */
async function freeBase() {
  for (;;) {
    const base = await freePort();
    const ports = OFFSETS.map((offset) => base + offset);
    if (ports.every((port) => port < 65_536) && (await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
}
