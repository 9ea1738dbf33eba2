// Runs a program to its end. Its output is shown as it comes, or kept for the error that is thrown when it fails.
import { start } from "./children.mjs";
import { ROOT, environment } from "./paths.mjs";
import { printer } from "./screen.mjs";

/** Longest run of one program: a hung one must not hang everything. */
const LIMIT_MS = 25 * 60_000;
const LAST_LINES = 40;

/** A program that failed; the message holds the end of what it printed. */
class RunError extends Error {
  name = "RunError";
}

/**
 * Runs a program and gives what it printed on standard output.
 *
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, limitMs?: number }} [options]
 * @returns {Promise<string>}
 * @throws {RunError} when it does not end with 0
 */
export async function run(command, args, options = {}) {
  const { how, output, result } = await attempt(command, args, options);
  if (how === 0) return result;
  const last = options.show ? [] : output.trimEnd().split("\n").slice(-LAST_LINES);
  throw new RunError([`${[command, ...args].join(" ")}: ended with ${how}`, ...last].join("\n"));
}

/** Runs a program and tells how it ended, all that it printed, and what of it on standard output; never throws. */
export async function attempt(command, args, { cwd = ROOT, env = environment(), show = false, limitMs = LIMIT_MS } = {}) {
  const lines = [];
  const result = [];
  const print = printer();
  const onLine = (line, isResult) => {
    lines.push(line);
    if (isResult) result.push(line);
    if (show) print(line);
  };
  const child = start(command, args, { cwd, env, onLine });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    void child.stop();
  }, limitMs);
  const how = await child.ended;
  clearTimeout(timer);
  return { how: late ? `no end after ${limitMs / 60_000} min` : how, output: lines.join("\n"), result: result.join("\n") };
}
