// Runs the checks, each as far as those before it allow.
import { connectionOf } from "./connection.js";
import { findings } from "./finding.js";
import { checkCodeGeneration, checkEd25519, checkEnvironment, checkNode } from "./runtime.js";
import { WITHOUT_FETCH, checkSdk } from "./sdk.js";
import { checkSignature } from "./signature.js";
import { checkSnapshot } from "./snapshot.js";
import { checkClients } from "./sources.js";
import { checkLatency, checkStore } from "./store.js";

/** @import { Connection } from "./connection.js" */
/** @import { Finding } from "./finding.js" */
/** @import { Sdk } from "./sdk.js" */

/** @typedef {{ ok: boolean, findings: Finding[] }} Report */

/** The checks that need an answer from the store, and what keeps them from being made. */
const OF_THE_STORE = ["store", "clock", "latency", "snapshot"];

/**
 * Examines a folder with an app, its environment and its store.
 *
 * @param {{ env: NodeJS.ProcessEnv, folder: string }} setting
 * @returns {Promise<Report>}
 */
export async function examine({ env, folder }) {
  const runtime = [checkNode(), checkCodeGeneration(), await checkEd25519(), checkEnvironment(env)].flat();
  const { connection, finding } = connectionOf(env, folder);
  // Node's own fetch is compiled from Wasm too, and ends the process where that fails.
  const canFetch = !runtime.some(({ check, status }) => check === "wasm" && status === "problem");
  const { sdk, found } = await checkSdk(folder, canFetch);
  const clients = await checkClients(folder);
  const store = canFetch ? await checkAtStore(connection, sdk, env) : skipped(OF_THE_STORE, WITHOUT_FETCH);
  const all = [finding, ...found, clients, ...runtime, ...store].map((each) => withoutToken(each, connection?.token));
  return { ok: all.every(({ status }) => status !== "problem"), findings: all };
}

/**
 * @param {Connection | undefined} connection
 * @param {Sdk | undefined} sdk
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Finding[]>}
 */
async function checkAtStore(connection, sdk, env) {
  if (connection === undefined) return skipped(OF_THE_STORE, "needs a connection string");
  const { answered, found } = await checkStore(connection);
  if (!answered) return [...found, ...skipped(OF_THE_STORE.slice(2), "needs an answer from the store")];
  if (sdk === undefined) return [...found, ...skipped(OF_THE_STORE.slice(2), "needs an SDK")];
  const client = sdk.createClient(connection.text, { staleIfError: false, disableDevelopmentCache: true });
  return [...found, await checkLatency(client), ...(await checkSnapshot(client)), ...(await checkSignature(client, env))];
}

/**
 * @param {string[]} checks
 * @param {string} message
 */
function skipped(checks, message) {
  return checks.map((check) => findings(check).skipped(message));
}

/** A shorter token is no secret: `local`, of a store on this machine. */
const SHORTEST_SECRET = 16;

/**
 * A finding that shows the token nowhere, whatever an SDK or a server has put into an error.
 *
 * @param {Finding} finding
 * @param {string | undefined} token
 * @returns {Finding}
 */
function withoutToken(finding, token = "") {
  if (token.length < SHORTEST_SECRET) return finding;
  const hidden = [token, encodeURIComponent(token)];
  const without = (/** @type {string} */ text) => hidden.reduce((rest, secret) => rest.replaceAll(secret, "[token]"), text);
  const { message, advice } = finding;
  return { ...finding, message: without(message), ...(advice !== undefined && { advice: without(advice) }) };
}
