// Everything on one machine, as Clickeen runs it: sets up what is missing, builds what it shows, and runs Michael, the
// local store with its inspector, Paris and Venice until Ctrl-C.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { buildInspector, buildNative, buildPackage } from "./lib/builds.mjs";
import { stopAll } from "./lib/children.mjs";
import { SECRETS, startParis, startVenice } from "./lib/clickeen-servers.mjs";
import { buildClickeen } from "./lib/clickeen.mjs";
import { startMichael } from "./lib/michael.mjs";
import { STATE } from "./lib/paths.mjs";
import { portOwner } from "./lib/port-owner.mjs";
import { isFree } from "./lib/ports.mjs";
import { step } from "./lib/progress.mjs";
import { startStore } from "./lib/servers.mjs";
import { NEEDS, beginSetUp } from "./lib/setup.mjs";
import { until } from "./lib/until.mjs";
import { walk } from "./lib/walk.mjs";
import { wrap } from "./lib/wrap.mjs";

const HELP = `Run Atlas on this machine as Clickeen runs it: Michael, the store, Paris and Venice.

Usage: npm start [-- --port-base N]

Options:
      --port-base N   The first port: the store and its inspector there, Paris at +20, Venice at +30, Michael's
                      PostgreSQL at +32 [env: ATLAS_PORT_BASE] [default: 4600]
  -h, --help          Print this

Needed are Rust (rustup), Node 20 or later and npm; PostgreSQL is installed where apt-get can. Ctrl-C ends it all.`;

const COLOURS = { michael: 32, store: 36, paris: 33, venice: 35 };
const PREFIX_WIDTH = 7;

const started = performance.now();
try {
  await main(portBase());
} catch (error) {
  console.error(`\nstart: ${error.message}`);
  await stopAll();
  process.exit(1);
}

async function main(base) {
  const ports = { store: base, paris: base + 20, venice: base + 30, michael: base + 32 };
  await refusePortsInUse(ports);
  const servers = await startAll(ports);
  console.log(walk({ ...servers, startedMs: performance.now() - started }));
  const ended = Object.entries(servers).map(async ([name, server]) => print(name)(`ended with ${await server.ended}`));
  await Promise.all(ended);
}

/** Sets up, builds and starts everything side by side: each part begins as soon as what it needs is there. */
async function startAll(ports) {
  const setup = beginSetUp(NEEDS.start);
  const having = async (needs, name, work) => {
    await setup.ready(needs);
    if (setup.problems.length > 0) throw new Error(`not all that is needed is there:\n\n${setup.problems.join("\n\n")}`);
    return step(name, work);
  };
  const binary = having(["native"], "atlas-sync", buildNative);
  const pkg = having(["native", "package"], "@clickeen/atlas in pkg/", buildPackage);
  const inspector = pkg.then(() => having(["inspector"], "the inspector in www/dist", buildInspector));
  const apps = pkg.then(() => step("the workspace tests/clickeen", () => buildClickeen(["paris", "venice"])));
  const michaelStarted = having(["database"], "Michael, a PostgreSQL with the rows of Phase 1", () => startMichaelOn(ports.michael));
  const storeStarted = binary.then(() => step("the store", () => startEmptyStore(ports.store)));
  const parisStarted = apps.then(() => step("Paris", () => startParisOn(ports)));
  const veniceStarted = apps.then(() => step("Venice", () => startVeniceOn(ports)));
  const published = Promise.all([parisStarted, storeStarted, michaelStarted]).then(([paris]) => step("the first sync", () => firstSync(paris.url)));
  const served = Promise.all([veniceStarted, published]).then(([venice]) => step("the first hit", () => firstHit(venice.url)));
  const [michael, store, paris, venice] = await Promise.all([michaelStarted, storeStarted, parisStarted, veniceStarted, inspector, served]);
  return { michael, store, paris, venice };
}

function address(port) {
  return `http://127.0.0.1:${port}`;
}

function databaseAddress(role, port) {
  return `postgres://${role}@127.0.0.1:${port}/postgres`;
}

async function startMichaelOn(port) {
  const server = await startMichael({ port });
  return { ...server, url: server.url("admin") };
}

/** Michael starts anew, and so does what is published of him. A run on other ports beside this one has a file of its own. */
async function startEmptyStore(port) {
  const state = join(STATE, `start-${port}.json`);
  await rm(state, { force: true });
  return startStore({ port, state, onLine: print("store") });
}

function startParisOn({ paris, store, michael }) {
  const databaseUrl = databaseAddress("paris", michael);
  const sourceUrl = databaseAddress("atlas_reader", michael);
  return startParis({ port: paris, databaseUrl, sourceUrl, storeUrl: address(store), onLine: print("paris") });
}

function startVeniceOn({ venice, paris, store }) {
  return startVenice({ port: venice, storeUrl: address(store), parisUrl: address(paris), onLine: print("venice") });
}

async function firstSync(parisUrl) {
  const headers = { authorization: `Bearer ${SECRETS.adminKey}` };
  const response = await fetch(`${parisUrl}/jobs/atlas-sync`, { method: "PUT", headers });
  const report = await response.json();
  if (!response.ok) throw new Error(`the first sync failed: ${report.error.message}`);
  return `${report.outcome}, version ${report.version}`;
}

/** On a busy machine the first answer may be a fallback: the store has 50 ms, and Venice has just started. */
function firstHit(veniceUrl) {
  return until("hit from Venice", async () => {
    const response = await fetch(`${veniceUrl}/e/wgt_faq001`);
    await response.arrayBuffer();
    const decision = response.headers.get("x-atlas");
    return decision?.startsWith("hit;") && decision;
  });
}

function portBase() {
  const { values } = parseArgs({ options: { "port-base": { type: "string" }, help: { type: "boolean", short: "h" } } });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const text = values["port-base"] ?? process.env.ATLAS_PORT_BASE ?? "4600";
  const base = Number(text);
  if (/^\d{1,5}$/.test(text) && base > 0 && base + 32 < 65_536) return base;
  console.error(`start: --port-base: expected a port from 1 to 65503, found ${text}`);
  process.exit(2);
}

/** Told before anything is built, not after. */
async function refusePortsInUse(ports) {
  for (const [name, port] of Object.entries(ports)) {
    if (await isFree(port)) continue;
    const owner = await portOwner(port);
    const who = owner === null ? "another program" : `process ${owner.pid}, ${owner.command}`;
    throw new Error(`port ${port}, for ${name}, is in use by ${who}\nend it, or choose other ports:\n  npm start -- --port-base 5600`);
  }
}

/** Prints a server's line, on a terminal wrapped beside its name. */
function print(name) {
  const padded = name.padEnd(PREFIX_WIDTH);
  const { isTTY, columns } = process.stdout;
  const prefix = isTTY ? `\x1b[${COLOURS[name]}m${padded}\x1b[0m │ ` : `${padded} | `;
  const width = isTTY && columns > PREFIX_WIDTH + 20 ? columns - PREFIX_WIDTH - 3 : Infinity;
  return (line) => {
    for (const part of wrap(line, width)) console.log(`${prefix}${part}`);
  };
}
