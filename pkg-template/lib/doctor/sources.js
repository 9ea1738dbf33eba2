// How the app makes its client. A client does not say whether it hides outages, but the line that makes it does.
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";

import { findings } from "./finding.js";

/** What is not the app's own source: what was installed or built, and tests, which may make any client. */
const PASSED_OVER = /^(node_modules|dist|build|out|coverage|tests?|__tests__|e2e|\..*)$/;
const SOURCE = /(?<!\.test|\.spec)\.[cm]?[jt]sx?$/;
const SDK = /["']@vercel\/(edge|global)-config["']/;
/** What a file binds to the SDK, by `import`, `require` or `import()`: the names in braces, or a name for all of it. */
const BOUND = /(?:\{([^{}]*)\}|\b(\w+))\s*(?:from\s*|=\s*(?:await\s+import|require)\s*\(\s*)["']@vercel\/(?:edge|global)-config["']/g;
/** The SDK's function among the names in braces, and the name that it has here. */
const NAMED = /\bcreateClient\b(?:\s*(?:as|:)\s*(\w+))?/;
/** Strings and comments. A quote that is not closed on its line is an apostrophe in the text of a page, not a string. */
const TOKEN = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[^]*?\*\/|\/\/[^\n]*/g;
/** A variable of the environment: `process.env.X`, `env["X"]`, `Deno.env.get("X")`. */
const NAMED_VARIABLE = /\benv(?:\.get)?[^\w)]{1,3}[A-Z]/;
/** Enough for an app. */
const MOST_FILES = 5_000;

const LINE = "createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false })";
const { ok, warning, problem } = findings("staleIfError");

/**
 * Looks for calls of `createClient` that let the SDK hide an outage.
 *
 * @param {string} folder
 */
export async function checkClients(folder) {
  const calls = [];
  for (const file of await sourcesBelow(folder, [])) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (SDK.test(text)) calls.push(...callsIn(text).map((call) => ({ ...call, file: relative(folder, file) })));
  }
  // A client by another variable is of another store, if there is one that may be of Atlas's.
  const own = calls.filter(({ isOther }) => !isOther);
  const at = (own.length > 0 ? own : calls).map(({ file, line, hides }) => ({ place: `${file}:${line}`, hides }));
  const hiding = at.filter(({ hides }) => hides === true).map(({ place }) => place);
  if (hiding.length > 0) {
    const message = `createClient is called so that the SDK hides an outage behind the old value: ${hiding.join(", ")}`;
    return problem(message, `Write ${LINE}.`);
  }
  const unclear = at.filter(({ hides }) => hides === undefined).map(({ place }) => place);
  if (unclear.length > 0) {
    return warning(`the options of createClient are not written out where it is called: ${unclear.join(", ")}`, `Make sure that it is ${LINE}.`);
  }
  if (at.length > 0) return ok(`staleIfError: false at ${at.map(({ place }) => place).join(", ")}`);
  const advice = `Run this in the folder whose sources make the client: the app's, or a package of its workspace. They make it with ${LINE}.`;
  return warning(`no call of createClient was found in ${folder}`, advice);
}

/**
 * @param {string} folder
 * @param {string[]} files what was found so far
 */
async function sourcesBelow(folder, files) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (files.length >= MOST_FILES) break;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !PASSED_OVER.test(entry.name)) await sourcesBelow(path, files);
    else if (entry.isFile() && SOURCE.test(entry.name)) files.push(path);
  }
  return files;
}

/**
 * The calls of the SDK's `createClient`; another package may have a function of that name.
 *
 * @param {string} text
 * @returns {{ line: number, hides: boolean | undefined, isOther: boolean }[]}
 */
function callsIn(text) {
  const code = text.replace(TOKEN, (token) => (token.startsWith("/") ? blank(token) : token));
  const callees = [...code.matchAll(BOUND)].flatMap(([, names, all]) => {
    if (names === undefined) return [`${all}\\.createClient`];
    const named = NAMED.exec(names);
    return named ? [named[1] ?? "createClient"] : [];
  });
  if (callees.length === 0) return [];
  const bare = code.replace(TOKEN, blank);
  return [...bare.matchAll(new RegExp(`(?<![\\w.])(?:${callees.join("|")})\\s*\\(`, "g"))].map(({ index, 0: head }) => {
    const start = index + head.length;
    const given = code.slice(start, endOf(bare, start));
    const isOther = NAMED_VARIABLE.test(given) && !given.includes("ATLAS_EDGE_CONFIG");
    return { line: text.slice(0, index).split("\n").length, hides: hides(given), isOther };
  });
}

/**
 * As many characters that say nothing, on as many lines.
 *
 * @param {string} token
 */
function blank(token) {
  return token.replace(/[^\n]/g, " ");
}

/**
 * Where the arguments of a call end.
 *
 * @param {string} bare
 * @param {number} start
 */
function endOf(bare, start) {
  let depth = 1;
  for (let at = start; at < bare.length; at += 1) {
    if ("([{".includes(bare.charAt(at))) depth += 1;
    if (")]}".includes(bare.charAt(at))) depth -= 1;
    if (depth === 0) return at;
  }
  return bare.length;
}

/**
 * Whether a client with these arguments hides an outage: without options it does, and with options that do not name
 * `staleIfError` it does not. `undefined` where the text does not tell.
 *
 * @param {string} given
 */
function hides(given) {
  if (/\bstaleIfError["']?\s*:\s*false\b/.test(given)) return false;
  if (/\bstaleIfError["']?\s*:\s*[\d_]+/.test(given)) return true;
  if (/\bstaleIfError\b|\.\.\./.test(given)) return undefined;
  const options = /,\s*(\S[^]*?)\s*,?\s*$/.exec(given)?.[1];
  if (options === undefined) return true;
  return options.startsWith("{") ? false : undefined;
}
