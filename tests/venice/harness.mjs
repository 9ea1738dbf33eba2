// A stack for one test: store, Paris and Venice on free ports, with rows and state of its own in a temporary folder.
// All of it ends with the test.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ATLAS_SYNC, MICHAEL, VENICE } from "../../scripts/lib/paths.mjs";
import { freePort } from "../../scripts/lib/ports.mjs";
import { startParis, startStore, startVenice, sync } from "../../scripts/lib/servers.mjs";
import { until } from "../../scripts/lib/until.mjs";

for (const built of [ATLAS_SYNC, join(VENICE, ".next", ".built")]) {
  assert.ok(existsSync(built), `${built} is missing: run npm test -- venice, which builds it`);
}

/**
 * Starts a stack whose store holds version 1 of Michael's rows.
 *
 * @param {import("node:test").TestContext} test
 * @param {{ venice?: Record<string, string>, parisDelayMs?: number }} [settings] Venice's environment; Paris's slowness
 */
export async function startStack(test, { venice: env = {}, parisDelayMs } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "atlas-venice-"));
  const state = join(folder, "store.json");
  const rows = join(folder, "rows");
  const servers = [];
  test.after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });
  const started = async (server) => {
    servers.push(await server);
    return server;
  };

  await cp(MICHAEL, rows, { recursive: true });
  await sync({ rows, state });
  const storePort = await freePort();
  const store = await started(startStore({ port: storePort, state }));
  const paris = await started(startParis({ port: await freePort(), rows, delayMs: parisDelayMs }));
  const venice = await started(
    startVenice({ port: await freePort(), storeUrl: store.url, parisUrl: paris.url, env: { ATLAS_REFRESH_MS: "200", ...env } }),
  );

  return {
    store,
    paris,
    venice,
    /** Starts the store again, after it was stopped. */
    restartStore: () => started(startStore({ port: storePort, state })),
    setFaults: (faults) => setFaults(store.url, faults),
    /** Publishes the rows as they are now. */
    sync: () => sync({ rows, state }),
    /** Changes a table's rows in place. */
    async edit(table, change) {
      const path = join(rows, `${table}.json`);
      const content = JSON.parse(await readFile(path, "utf8"));
      change(content);
      await writeFile(path, JSON.stringify(content));
    },
    /** Leaves a table's file with something that is no JSON. */
    spoil: (table) => writeFile(join(rows, `${table}.json`), "no rows"),
    get: (publicId, headers) => get(venice.url, publicId, headers),
    /** Asks for a widget until it comes from Atlas. */
    untilHit: (publicId) => untilAnswer(venice.url, publicId, "hit", ({ atlas }) => atlas?.startsWith("hit;")),
    untilAnswer: (publicId, what, accept) => untilAnswer(venice.url, publicId, what, accept),
    /** What Paris was asked for one request, with the time that each took there. */
    async parisLog(requestId) {
      const log = await (await fetch(`${paris.url}/_log`)).json();
      return log.filter((one) => one.requestId === requestId);
    },
    /** Atlas's log events in Venice's output, of one kind. */
    events: (name) => venice.lines.flatMap(parseEvent).filter(({ event }) => event === name),
  };
}

/** Makes the store misbehave: replaces the faults that are switched on. */
async function setFaults(url, faults) {
  const response = await fetch(`${url}/_atlas/faults`, {
    method: "PUT",
    headers: { authorization: "Bearer local-write", "content-type": "application/json" },
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
