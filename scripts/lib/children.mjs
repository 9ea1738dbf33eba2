// Starts programs, each in a process group of its own, so that ending one ends all that it started. Whatever still
// runs when this process ends is ended with it; nothing else is ever touched.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";

import { niceness } from "./screen.mjs";

/** How long a program has, after SIGTERM, to end by itself. */
const GRACE_MS = 5_000;

/** What still runs: each program, and the promise of its end. */
const running = new Map();
let handlesSignals = false;

/** Starts a program. `onLine` gets each line that it prints, and whether it came on standard output. */
export function start(command, args, { cwd, env, onLine = () => {} }) {
  endWithThisProcess();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  if (niceness() > 0 && child.pid !== undefined) giveWay(child.pid, niceness());
  const lines = [child.stdout, child.stderr].map(
    (input) =>
      new Promise((done) => {
        const reader = createInterface({ input, crlfDelay: Infinity });
        reader.on("line", (line) => onLine(line, input === child.stdout)).on("close", done);
      }),
  );
  /** How it ended: an exit code, or the name of what ended it. Never rejects. */
  const ended = new Promise((done) => {
    child.once("error", (error) => done(error.code === "ENOENT" ? "not found" : error.message));
    child.once("exit", (code, signal) => done(signal ?? code));
  }).then(async (how) => {
    // What it left running holds the pipes open: that ends here too.
    signalGroup(child, "SIGKILL");
    await Promise.all(lines);
    running.delete(child);
    return how;
  });
  running.set(child, ended);
  return { pid: child.pid, ended, signal: (name) => signalGroup(child, name), stop: () => stop(child, ended) };
}

/** Linux may share the processor among sessions first, and this program leads one: then the session's niceness counts. */
function giveWay(pid, niceness) {
  try {
    setPriority(pid, niceness);
    writeFileSync(`/proc/${pid}/autogroup`, `${niceness}`);
  } catch {
    // It has ended, or sessions are not told apart.
  }
}

/** Ends everything that was started here. */
export async function stopAll() {
  await Promise.all([...running].map(([child, ended]) => stop(child, ended)));
}

async function stop(child, ended) {
  if (child.exitCode === null && child.signalCode === null) {
    // SIGCONT, since a stopped program does not see SIGTERM.
    signalGroup(child, "SIGTERM");
    signalGroup(child, "SIGCONT");
    const timer = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(timer);
  }
  return ended;
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Ctrl-C and the like end this process, and its end kills what still runs. */
function endWithThisProcess() {
  if (handlesSignals) return;
  handlesSignals = true;
  process.on("exit", () => [...running.keys()].forEach((child) => signalGroup(child, "SIGKILL")));
  let ending;
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
    // Not `once`: npm passes on what the terminal has sent already, and the second one would end this process alone.
    process.on(signal, () => {
      ending ??= stopAll().then(() => process.exit(code));
    });
  }
}
