// The crate's native verifier, as a process that answers one line with one line.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { environment, ROOT } from "../../scripts/lib/paths.mjs";

const ANSWER = "verdicts ";

/** Builds and starts it. `judge` gives its verdicts on the texts of a store. */
export async function startNative() {
  const args = ["test", "--quiet", "--test", "differential", "--", "--ignored", "--nocapture", "--test-threads=1"];
  const child = spawn("cargo", args, { cwd: ROOT, env: environment(), stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "close");
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const at = line.indexOf(ANSWER);
    if (at >= 0) waiting.shift()?.resolve(JSON.parse(line.slice(at + ANSWER.length)));
  });
  ended.then(([code]) => waiting.splice(0).forEach(({ reject }) => reject(new Error(`the native verifier ended with ${code}`))));
  const judge = (texts) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify(texts)}\n`);
    });
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  return { judge, stop };
}
