// The connection string of the store.
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { findings } from "./finding.js";

/** @import { Finding } from "./finding.js" */

/** @typedef {{ text: string, baseUrl: string, token: string }} Connection */

const VARIABLE = "ATLAS_EDGE_CONFIG";
const SHAPE = "https://edge-config.vercel.com/ecfg_…?token=…";
/** Files that a framework reads, and Node does not; and the line that sets the variable. */
const ENV_FILE = /^(\.env(\.(?!example|sample|template)[\w-]+)*|\.dev\.vars)$/;
const SET = new RegExp(`^\\s*(export\\s+)?${VARIABLE}\\s*=\\s*\\S`, "m");
const { ok, problem } = findings("connection");

/**
 * Reads the connection string as the SDK does. What is wrong with it is said without showing it: it holds a token.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 * @returns {{ connection?: Connection, finding: Finding }}
 */
export function connectionOf(env, folder) {
  const text = env[VARIABLE];
  if (text === undefined || text === "") return { finding: missing(env, folder) };
  if (/^["'`]|["'`]$/.test(text)) {
    return refused("is in quotes", `Remove the quotes from its value. A .env file may have them; a dashboard and --env-file of docker keep them.`);
  }
  if (text.trim() !== text) {
    return { finding: problem(`${VARIABLE} has white space around it, which not every reader takes off`, "Remove it, and the line break at its end.") };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return refused("is not a URL", `Expected ${SHAPE}. Copy it again.`);
  if (url.protocol === "edge-config:") return ofVercel(text, new URLSearchParams(url.pathname));
  if (!["https:", "http:"].includes(url.protocol)) {
    return refused("is not a URL of https", `Expected ${SHAPE}. Copy it again.`);
  }
  if (url.username || url.password) return refused("has a user name or a password", `Expected ${SHAPE}. Copy it again.`);
  const token = url.searchParams.get("token");
  const isStore = /^\/ecfg_./.test(url.pathname) || url.searchParams.has("id");
  if (!isStore) return refused("is the URL of something else", `Its path names no store: expected ${SHAPE}. Copy it again.`);
  if (!token) return refused("has no token", `Expected ${SHAPE}. Copy it with its token.`);
  url.search = "";
  return { connection: { text, baseUrl: `${url}`, token }, finding: ok(`${VARIABLE} names ${url}`) };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} folder
 */
function missing(env, folder) {
  const file = envFileOf(folder);
  if (file !== undefined) {
    const cli = relative(folder, fileURLToPath(new URL("../../cli.js", import.meta.url)));
    const message = `${VARIABLE} is not set here, although ${file} sets it: this command does not read that file`;
    return problem(message, `Run node --env-file=${file} ${cli} doctor.`);
  }
  const other = ["EDGE_CONFIG", "GLOBAL_CONFIG"].find((name) => env[name]);
  const hint = other === undefined ? "" : ` ${other} is set, but Atlas's store has a variable of its own.`;
  const where = "Copy the connection string from the store's page in Vercel (Storage, the store, Tokens) into the app's environment.";
  return problem(`${VARIABLE} is not set: every lookup falls back to Paris (not_configured).${hint}`, where);
}

/**
 * The first file of the folder that sets the variable.
 *
 * @param {string} folder
 */
function envFileOf(folder) {
  try {
    const files = readdirSync(folder).filter((name) => ENV_FILE.test(name));
    return files.find((name) => SET.test(readFileSync(join(folder, name), "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} what
 * @param {string} advice
 */
function refused(what, advice) {
  return { finding: problem(`${VARIABLE} ${what}: every lookup falls back to Paris (not_configured)`, advice) };
}

/**
 * The other form that the SDK takes: `edge-config:id=ecfg_…&token=…`.
 *
 * @param {string} text
 * @param {URLSearchParams} parameters
 */
function ofVercel(text, parameters) {
  const [id, token] = [parameters.get("id"), parameters.get("token")];
  if (!id || !token) return refused("has no id or no token", "Expected edge-config:id=ecfg_…&token=…. Copy it again.");
  const baseUrl = `https://edge-config.vercel.com/${id}`;
  return { connection: { text, baseUrl, token }, finding: ok(`${VARIABLE} names ${baseUrl}`) };
}
