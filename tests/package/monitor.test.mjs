// Paris's side: what Venice's headers say, added up over an hour, and hostile headers refused.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { install, runNode } from "./installed.mjs";

let installed;
before(async () => (installed = await install()));
after(() => installed?.remove());

const run = (name, body) => runNode(installed.project, name, body);

test("counters and hints of real fallbacks are read back and added up", async () => {
  const { observed, health, known, later } = await run("monitor.mjs", `
    import { createAtlas } from "@clickeen/atlas";
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    let now = Date.parse("2026-11-22T12:00:00.000Z");
    const monitor = new AtlasMonitor({ now: () => now });
    const atlas = createAtlas({ client: { getAll: async () => ({}) }, log() {} });
    const { headers } = await atlas.lookup({ widgetType: "größer", plan: "a\\r\\nb" });
    const observed = monitor.observe(new Headers(headers));
    monitor.observe({ "atlas-stats": "hits=99" });
    const health = monitor.health();
    const snapshot = { version: 7, checksum: "sha256:" + "0".repeat(64), lastSyncAt: "2026-11-22T11:59:00.000Z" };
    const known = monitor.health(snapshot);
    now += 3_600_000;
    console.log(JSON.stringify({ observed, health, known, later: monitor.health(snapshot) }));
  `);
  assert.deepEqual(observed, {
    stats: { lookups: 1, hits: 0, fallbacks: { key_missing: 1 } },
    hint: { reason: "key_missing", version: null },
    refused: [],
  });
  assert.deepEqual([health.status, health.version, health.hitRate, health.lookups], ["error", null, 0.99, 100]);
  assert.deepEqual([known.status, known.version, known.lastSyncAgeSeconds], ["ok", 7, 60]);
  assert.deepEqual([later.lookups, later.hitRate], [0, null], "an hour later nothing is known");
});

test("hostile headers count for nothing, and say why", async () => {
  const { refused, lookups } = await run("hostile.cjs", `
    const { AtlasMonitor } = require("@clickeen/atlas/monitor");
    const monitor = new AtlasMonitor();
    const hostile = ["hits=-1", "hits=1.5", "hits=9999999999999999", "hits=(1 2)", "hits", "hits=\\u0000", "x".repeat(5000)];
    const refused = hostile.map((value) => monitor.observe({ "atlas-stats": value, "atlas-refresh-hint": value }).refused.length);
    console.log(JSON.stringify({ refused, lookups: monitor.health().lookups }));
  `);
  assert.deepEqual([refused, lookups], [Array(7).fill(2), 0]);
});
