// The SDK of the app: which one is installed, and whether it lets an outage be seen.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { findings, reasonOf } from "./finding.js";

/** @import { AddressInfo } from "node:net" */
/** @import { EdgeConfigReader } from "../../index.js" */
/** @import { Finding } from "./finding.js" */

/** @typedef {Required<EdgeConfigReader>} Client */
/** @typedef {{ staleIfError: false, disableDevelopmentCache: true }} ClientOptions */
/** @typedef {(connection: string, options: ClientOptions) => Client} CreateClient */
/** @typedef {{ name: string, version: string, createClient: CreateClient }} Sdk */

const NAMES = ["@vercel/edge-config", "@vercel/global-config"];
/** Releases before it are not tested with Atlas. */
const LEAST_MAJOR = 1;
const { ok, warning, problem, skipped } = findings("sdk");

export const WITHOUT_FETCH = "needs WebAssembly, as Node's own fetch does";

/**
 * Finds the SDK that the app of a folder imports.
 *
 * @param {string} folder
 * @param {boolean} canFetch whether the SDK can be tried
 * @returns {Promise<{ sdk?: Sdk, found: Finding[] }>}
 */
export async function checkSdk(folder, canFetch) {
  const names = namesFor(folder);
  const installed = names.flatMap((name) => locate(name, folder));
  const [first] = installed;
  if (first === undefined) {
    const missing = names.length === 1 ? `${names[0]} is not` : `neither ${names.join(" nor ")} is`;
    return { found: [problem(`${missing} installed in ${folder}`, `Run this in the app's folder, or npm install ${names[0]}.`)] };
  }
  const both = installed.length > 1 ? [bothInstalled(installed)] : [];
  if (!canFetch) return { found: [skipped(WITHOUT_FETCH), ...both] };
  const { sdk, finding } = await examine(first);
  return { ...(sdk && { sdk }), found: [finding, ...both] };
}

/**
 * The SDKs that the app itself depends on, so that one that is there for others is left alone; both, if it names none.
 *
 * @param {string} folder
 */
function namesFor(folder) {
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const named = NAMES.filter((name) => name in { ...dependencies, ...devDependencies });
    return named.length > 0 ? named : NAMES;
  } catch {
    return NAMES;
  }
}

/** @typedef {{ name: string, version: string, entry: string }} Installed */

/**
 * @param {string} name
 * @param {string} folder
 * @returns {Installed[]} none, if it is not installed
 */
function locate(name, folder) {
  try {
    const entry = createRequire(join(folder, "package.json")).resolve(name);
    return [{ name, entry, version: versionAbove(entry, name) }];
  } catch {
    return [];
  }
}

/**
 * The version in the manifest of the package that a file is of. `exports` may hide the manifest from `require`.
 *
 * @param {string} file
 * @param {string} name
 * @returns {string}
 */
function versionAbove(file, name) {
  const folder = dirname(file);
  if (folder === file) return "unknown";
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    if (manifest.name === name) return manifest.version;
  } catch {
    // The manifest is further up.
  }
  return versionAbove(folder, name);
}

/** @param {Installed[]} installed */
function bothInstalled(installed) {
  const names = installed.map(({ name, version }) => `${name} ${version}`).join(" and ");
  return warning(`${names} are both installed`, "Import one of them only, and remove the other: each keeps a cache of its own.");
}

/**
 * @param {Installed} installed
 * @returns {Promise<{ sdk?: Sdk, finding: Finding }>}
 */
async function examine({ name, version, entry }) {
  const called = `${name} ${version}`;
  const update = `Run npm install ${name}@latest.`;
  if (Number.parseInt(version, 10) < LEAST_MAJOR) {
    return { finding: problem(`${called} is too old: expected ${LEAST_MAJOR}.0 or later`, update) };
  }
  try {
    const { createClient } = createRequire(entry)(entry);
    const isHonest = await showsOutage(createClient);
    if (!isHonest) return { finding: problem(`${called} hides an outage in spite of staleIfError: false`, update) };
    return { sdk: { name, version, createClient }, finding: ok(`${called}, which shows an outage with staleIfError: false`) };
  } catch (error) {
    return { finding: problem(`${called} cannot be used: ${reasonOf(error)}`, update) };
  }
}

/**
 * Whether a client that was made with `staleIfError: false` rejects when its store fails after a good read. The option
 * cannot be read from a client, so it is tried, on a store on this machine that answers once.
 *
 * @param {CreateClient} createClient
 */
async function showsOutage(createClient) {
  let answered = 0;
  const server = createServer((_, response) => {
    answered += 1;
    response.writeHead(answered === 1 ? 200 : 500, { etag: '"1"', "x-edge-config-digest": "1", connection: "close" }).end("1");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", () => done(undefined)));
  try {
    const { port } = /** @type {AddressInfo} */ (server.address());
    const options = /** @type {const} */ ({ staleIfError: false, disableDevelopmentCache: true });
    const client = createClient(`http://127.0.0.1:${port}/ecfg_doctor?token=doctor`, options);
    await client.get("probe");
    return await client.get("probe").then(() => false, () => true);
  } finally {
    server.close();
  }
}
