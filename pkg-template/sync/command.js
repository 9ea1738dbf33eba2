// Runs the binary once: its report is the value, its log lines go to whoever wants them, and a signal stops it.
import { statSync } from "node:fs";
import { createInterface } from "node:readline";
import { inspect } from "node:util";

import binary from "./binary.cjs";
import { AtlasSyncError, usage } from "./error.js";

/**
 * How long the binary has to end by itself once it was told to (it leaves a whole snapshot behind at any moment), and how long
 * what it printed is waited for once it has ended: a program that it started may keep the pipes open.
 */
const GRACE_MS = 5_000;

/** How the binary ends when it was told to stop. */
const INTERRUPTED = 130;

/** The most that is kept of what is no report and no log line, for an error that has nothing better. */
const MOST_TEXT = 4_096;

/**
 * @returns {Promise<object>} the report of a run that ended with 0
 * @throws {AtlasSyncError} for any other end
 */
export async function run(command, { env, cwd, signal, log }) {
  if (signal?.aborted) throw aborted(signal, { message: `${command} was aborted before it began` });
  const found = binary.locate(env);
  if (found.path === undefined) throw new AtlasSyncError(found.message, { code: found.code });
  const ended = await start(found.path, [command, "--json"], { env, cwd, signal, log });
  if (ended.exitCode === 0 && ended.report !== null) return ended.report;
  throw failure(command, ended, signal);
}

async function start(path, args, { env, cwd, signal, log }) {
  const child = await binary.start(path, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] }).catch(({ message, cause }) => {
    if (cwd !== undefined && !isDirectory(cwd)) throw usage(`${args[0]}: cwd: expected a directory, found none at ${cwd}`);
    throw new AtlasSyncError(message, { code: "binary_not_started", cause });
  });
  let killing;
  const stop = () => {
    child.kill("SIGTERM");
    killing = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  };
  if (signal?.aborted) stop();
  else signal?.addEventListener("abort", stop, { once: true });
  const output = collect(child.stdout, () => {});
  const messages = collect(child.stderr, log === undefined ? toStandardError : (event) => log?.(event));
  const [exitCode, killedBy] = await new Promise((done) => child.once("exit", (...how) => done(how)));
  signal?.removeEventListener("abort", stop);
  clearTimeout(killing);
  const closing = setTimeout(() => [output, messages].forEach(({ end }) => end()), GRACE_MS);
  const [{ last: report }, { text }] = await Promise.all([output.read, messages.read]);
  clearTimeout(closing);
  return { exitCode, killedBy, report, text };
}

function isDirectory(path) {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Reads lines to their end, or until `end` is called: objects go to `onObject`, and the last one is kept; of all else the
 * beginning is. That `onObject` throws or rejects is a warning: it does not change what the binary has done.
 */
function collect(stream, onObject) {
  let last = null;
  let text = "";
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  lines.on("line", (line) => {
    const object = parsed(line);
    if (object === undefined) {
      if (text.length < MOST_TEXT) text += `${line}\n`;
      return;
    }
    last = object;
    new Promise((done) => done(onObject(object, line))).catch(warn);
  });
  const read = new Promise((done) => {
    for (const ended of ["close", "error"]) lines.once(ended, () => done({ last, text: text.trim() }));
  });
  const end = () => {
    lines.close();
    stream.destroy();
  };
  return { read, end };
}

/** @param {unknown} thrown */
function warn(thrown) {
  process.emitWarning(thrown instanceof Error ? thrown : `log threw ${inspect(thrown)}`);
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
  const reason = message ?? (text || `${command} ended with ${exitCode} and printed no report`);
  return new AtlasSyncError(reason, { code, exitCode, report });
}

function aborted(signal, { message, exitCode, report }) {
  return new AtlasSyncError(message, { code: "aborted", exitCode, report, cause: signal.reason });
}

/**
 * The line as the binary wrote it: JSON alone leaves some control characters as they are. One that cannot be written is lost, as
 * what `console` writes is.
 */
function toStandardError(_, line) {
  const { stderr } = process;
  stderr.write(`${line}\n`, (error) => {
    // The error is emitted next, and would end this process if nobody listened.
    if (error && stderr.listenerCount("error") === 0) stderr.once("error", () => {});
  });
}
