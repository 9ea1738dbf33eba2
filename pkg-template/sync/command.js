// Runs the binary once: its report is the value, its log lines go to whoever wants them, and a signal stops it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import binary from "./binary.cjs";
import { AtlasSyncError } from "./error.js";

/** How long the binary has to end by itself once it was told to: it leaves a whole snapshot behind at any moment. */
const GRACE_MS = 5_000;

/** How the binary ends when it was told to stop. */
const INTERRUPTED = 130;

/** The most that is kept of what is no report and no log line, for an error that has nothing better. */
const MOST_TEXT = 4_096;

/**
 * @returns {Promise<object>} the report of a run that ended with 0
 * @throws {AtlasSyncError} for any other end
 */
export async function run(command, { env, cwd, signal, log = toStandardError }) {
  if (signal?.aborted) throw aborted(signal, { message: `${command} was aborted before it began` });
  const found = binary.locate(env);
  if (found.path === undefined) throw new AtlasSyncError(found.message, { code: found.code });
  const ended = await start(found.path, [command, "--json"], { env, cwd, signal, log });
  if (ended.exitCode === 0 && ended.report !== null) return ended.report;
  throw failure(command, ended, signal);
}

function start(path, args, { env, cwd, signal, log }) {
  return new Promise((done, fail) => {
    const child = spawn(path, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let killing;
    const stop = () => {
      child.kill("SIGTERM");
      killing = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    };
    signal?.addEventListener("abort", stop, { once: true });
    const settle = () => {
      signal?.removeEventListener("abort", stop);
      clearTimeout(killing);
    };
    const output = collect(child.stdout, () => {});
    const messages = collect(child.stderr, (event) => log?.(event));
    child.once("error", (error) => {
      settle();
      const message = `${path} could not be started: ${error.message}`;
      fail(new AtlasSyncError(message, { code: "binary_not_started", cause: error }));
    });
    child.once("close", async (exitCode, killedBy) => {
      settle();
      const [{ last: report }, { text }] = await Promise.all([output, messages]);
      done({ exitCode, killedBy, report, text });
    });
  });
}

/**
 * Reads lines to their end: objects go to `onObject`, and the last one is kept; of all else the beginning is. That a
 * `log` throws is a warning: it does not change what the binary has done.
 */
async function collect(stream, onObject) {
  let last = null;
  let text = "";
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    const object = parsed(line);
    if (object === undefined) {
      if (text.length < MOST_TEXT) text += `${line}\n`;
      continue;
    }
    last = object;
    try {
      onObject(object);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : `log threw ${error}`);
    }
  }
  return { last, text: text.trim() };
}

function parsed(line) {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function failure(command, { exitCode, killedBy, report, text }, signal) {
  const { code = "internal", message } = report?.error ?? {};
  const stopped = signal?.aborted && (killedBy !== null || exitCode === INTERRUPTED);
  if (stopped) return aborted(signal, { message: message ?? `${command} was aborted`, exitCode, report });
  if (killedBy !== null) return new AtlasSyncError(`${command} was ended by ${killedBy}`, { code: "killed", report });
  const told = message ?? (text || `${command} ended with ${exitCode} and printed no report`);
  return new AtlasSyncError(told, { code, exitCode, report });
}

function aborted(signal, { message, exitCode, report }) {
  return new AtlasSyncError(message, { code: "aborted", exitCode, report, cause: signal.reason });
}

function toStandardError(event) {
  process.stderr.write(`${JSON.stringify(event)}\n`);
}
