// A stack for one test: Michael, store, Paris and Venice on free ports, with data of their own. All of it ends with the
// test; the PostgreSQL server is one for each file of tests, with a database for each stack.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

import * as servers from "../../../scripts/lib/clickeen-servers.mjs";
import { SECRETS, jobEnvironment } from "../../../scripts/lib/clickeen-servers.mjs";
import { APPS } from "../../../scripts/lib/clickeen.mjs";
import { lockTable, sql, startDatabase } from "../../../scripts/lib/database.mjs";
import { fillMichael } from "../../../scripts/lib/michael.mjs";
import { ATLAS_SYNC, CLICKEEN } from "../../../scripts/lib/paths.mjs";
import { freePort } from "../../../scripts/lib/ports.mjs";
import { run } from "../../../scripts/lib/run.mjs";
import { startStore } from "../../../scripts/lib/servers.mjs";
import { until } from "../../../scripts/lib/until.mjs";
import { openRoad } from "./road.mjs";

for (const built of [ATLAS_SYNC, ...APPS.map((app) => join(CLICKEEN, app, ".next", "BUILD_ID"))]) {
  assert.ok(existsSync(built), `${built} is missing: run npm test -- clickeen, which builds it`);
}

/** How long Venice serves what it has verified without asking the store; short, so that no test waits. */
const REFRESH_MS = 200;

/** The server of this file, with a database `michael` that every stack copies. */
let database = null;
after(async () => (await database)?.stop());

function openDatabase() {
  database ??= startDatabase().then(async (server) => {
    await sql(server.url("admin"), { text: "create database michael" });
    await fillMichael(server.url("admin", "michael"));
    return server;
  });
  return database;
}

/** A copy of Michael. */
async function newMichael(test) {
  const server = await openDatabase();
  const name = `michael_${randomUUID().replaceAll("-", "")}`;
  await sql(server.url("admin"), { text: `create database ${name} template michael` });
  const as = (role, text) => sql(server.url(role, name), { text });
  return {
    url: (role) => server.url(role, name),
    /** Runs SQL as a role, and gives what it selects. */
    as,
    change: (text) => as("admin", text),
    /** Keeps everybody from reading a table until its `release`, at the latest to the end of the test. */
    async lock(table) {
      const held = await lockTable(server.url("admin", name), table);
      test.after(held.release);
      return held;
    },
  };
}

/** Michael and an empty store, with nothing that serves. */
export async function startGround(test) {
  const folder = await mkdtemp(join(tmpdir(), "atlas-clickeen-"));
  const state = join(folder, "store.json");
  const running = [];
  test.after(async () => {
    await Promise.all(running.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });
  const started = async (server) => {
    running.push(await server);
    return server;
  };
  const michael = await newMichael(test);
  const port = await freePort();
  const startAgain = () => started(startStore({ port, state }));
  const store = await startAgain();
  const addresses = { sourceUrl: michael.url("atlas_reader"), storeUrl: store.url };
  return {
    michael,
    store,
    /** Starts the store again, after it was stopped. */
    restartStore: startAgain,
    setFaults: (faults) => setFaults(store.url, faults),
    /** What the store holds: stored keys and their values. */
    items: async () => (await fetch(`${store.url}/ecfg_local/items?token=local`)).json(),
    addresses,
    jobEnvironment: jobEnvironment(addresses),
    started,
  };
}

/** The ground with Paris on it. */
export async function startParis(test, env = {}) {
  const ground = await startGround(test);
  const { started, addresses, michael } = ground;
  const databaseUrl = michael.url("paris");
  const paris = await started(servers.startParis({ port: await freePort(), databaseUrl, ...addresses, env }));
  const ask = async (method, path, { secret, headers = {} } = {}) => {
    const authorization = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
    const response = await fetch(`${paris.url}${path}`, { method, headers: { ...authorization, ...headers } });
    return { status: response.status, body: await response.json() };
  };
  return {
    ...ground,
    paris,
    ask,
    /** Starts the job that listens for changes; it does, when this returns. */
    async startJob() {
      await michael.change(await run(ATLAS_SYNC, ["doctor", "--triggers"]));
      const job = await started(servers.startJob({ port: await freePort(), ...addresses }));
      await until("job that listens", () => job.lines.some((line) => line.includes("listening for notifications")));
      return job;
    },
    /** Publishes the rows as they are now, by the job's route. */
    async sync() {
      const { status, body } = await ask("PUT", "/jobs/atlas-sync", { secret: SECRETS.adminKey });
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    },
    /** The block `deps` of the health page. */
    deps: async () => (await ask("GET", "/api/healthz")).body.deps,
  };
}

/**
 * The whole stack, with version 1 of Michael's rows in the store, unless nothing is to be published.
 *
 * @param {import("node:test").TestContext} test
 * @param {{ app?: string, publish?: boolean, venice?: Record<string, string>, paris?: Record<string, string> }} [settings] which Venice;
 *   the environments of both
 */
export async function startStack(test, { app, publish = true, venice: veniceEnv = {}, paris: parisEnv = {} } = {}) {
  const ground = await startParis(test, parisEnv);
  const { paris, store, started } = ground;
  if (publish) await ground.sync();
  const road = await openRoad(paris.url);
  test.after(() => road.close());
  const venice = await started(
    servers.startVenice({
      app, port: await freePort(), storeUrl: store.url, parisUrl: road.url, env: { ATLAS_REFRESH_MS: `${REFRESH_MS}`, ...veniceEnv },
    }),
  );
  return {
    ...ground,
    venice,
    road,
    refreshMs: REFRESH_MS,
    get: (publicId, headers) => get(venice.url, publicId, headers),
    /** Asks for a widget until it comes from Atlas. */
    untilHit: (publicId) => untilAnswer(venice.url, publicId, "hit", ({ atlas }) => atlas?.startsWith("hit;")),
    untilAnswer: (publicId, what, accept) => untilAnswer(venice.url, publicId, what, accept),
    /** What Paris was asked for one request, with the time that each took there. */
    asked: (requestId) => road.log.filter((one) => one.requestId === requestId),
    /** Atlas's log events in Venice's output, of one kind. */
    events: (name) => venice.lines.flatMap(parseEvent).filter(({ event }) => event === name),
  };
}

/** Makes the store misbehave: replaces the faults that are switched on. */
async function setFaults(url, faults) {
  const response = await fetch(`${url}/_atlas/faults`, {
    method: "PUT",
    headers: { authorization: `Bearer ${SECRETS.writeToken}`, "content-type": "application/json" },
    body: JSON.stringify({ faults }),
  });
  assert.ok(response.ok, `faults: ${response.status} ${await response.text()}`);
}

/** Asks Venice for a widget. `ms` is the whole time until its last byte. */
async function get(url, publicId, headers = {}) {
  const requestId = `test-${randomUUID()}`;
  const started = performance.now();
  const response = await fetch(`${url}/e/${publicId}`, { headers: { "x-request-id": requestId, ...headers } });
  const body = await response.text();
  return {
    requestId,
    status: response.status,
    atlas: response.headers.get("x-atlas"),
    headers: response.headers,
    body,
    ms: performance.now() - started,
  };
}

async function untilAnswer(url, publicId, what, accept) {
  return until(`${what} for ${publicId}`, async () => {
    const answer = await get(url, publicId);
    return accept(answer) ? answer : undefined;
  });
}

function parseEvent(line) {
  try {
    return line.startsWith("{") ? [JSON.parse(line)] : [];
  } catch {
    return [];
  }
}

/** The median and the largest of some numbers. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)], max: sorted[sorted.length - 1] };
}
