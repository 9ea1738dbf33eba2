// Paris's side: what Venice's headers say, added up over an hour, and hostile headers refused.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { snapshot } from "../../scripts/lib/format.mjs";
import { ROOT, install, runNode } from "./installed.mjs";

const GOLDEN = join(ROOT, "tests", "fixtures", "golden", "store.json");

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

test("the README's lines give the hint, and a block that is ok while a good snapshot stands", async () => {
  const readme = await readFile(join(ROOT, "pkg-template", "README.md"), "utf8");
  const [, lines] = /^## In Paris$.*?^```js\n(.*?)^```$/ms.exec(readme);
  const payloads = Object.fromEntries(["planHints", "widgetSchemas", "widgetTemplates"].map((name) => [name, {}]));
  const items = snapshot(payloads, { checkedAt: new Date().toISOString() });
  const found = await run("readme.mjs", `
    const request = new Request("http://paris/", { headers: { "Atlas-Stats": "hits=9, expired=1", "Atlas-Refresh-Hint": "reason=expired, version=1" } });
    const client = { getAll: async () => (${JSON.stringify(items)}) };
    ${lines}
    console.log(JSON.stringify({ hint, status, hitRate }));
  `);
  assert.deepEqual(found, { hint: { reason: "expired", version: 1 }, status: "ok", hitRate: 0.9 });
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

test("a clock that gives no time gives way to the machine's, one before 1970 too", async () => {
  const statuses = await run("no-time.mjs", `
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    const snapshot = { version: 1, checksum: "sha256:" + "0".repeat(64), checkedAt: new Date().toISOString() };
    const clocks = [-1, NaN, Infinity, "now"].map((time) => () => time);
    console.log(JSON.stringify(clocks.map((now) => new AtlasMonitor({ now }).health(snapshot).status)));
  `);
  assert.deepEqual(statuses, ["ok", "ok", "ok", "ok"]);
});

test("the names in an object of headers have no case, and those of a fallback can be handed on as they are", async () => {
  const { lookups, hints } = await run("case.mjs", `
    import { createAtlas } from "@clickeen/atlas";
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    const atlas = createAtlas({ client: { getAll: async () => ({}) }, log() {} });
    const { headers } = await atlas.lookup({ widgetType: "content.faq" });
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]));
    const seen = [headers, upper].map((each) => new AtlasMonitor().observe(each));
    console.log(JSON.stringify({ lookups: seen.map(({ stats }) => stats?.lookups), hints: seen.map(({ hint }) => hint?.reason) }));
  `);
  assert.deepEqual({ lookups, hints }, { lookups: [1, 1], hints: ["key_missing", "key_missing"] });
});

test("a header that is empty was not sent", async () => {
  const observed = await run("empty.mjs", `
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    const seen = ["", " ", [], [""]].map((value) => new AtlasMonitor().observe({ "atlas-stats": value, "atlas-refresh-hint": value }));
    console.log(JSON.stringify(seen));
  `);
  assert.deepEqual(observed, Array(4).fill({ stats: null, hint: null, refused: [] }));
});

test("no sum is too large to be told, and the hour goes on", async () => {
  const { length, observed, health, later } = await run("sums.mjs", `
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    let now = Date.parse("2026-11-22T12:00:00.000Z");
    const monitor = new AtlasMonitor({ now: () => now });
    const reasons = ["timeout", "expired", "corrupt", "rollback", "unavailable", "key_missing", "clock_skew", "breaker_open", "record_missing"];
    const header = ["hits", ...reasons].map((name) => name + "=" + "9".repeat(15)).join(",");
    const observed = monitor.observe({ "atlas-stats": header });
    for (let times = 0; times < 100; times += 1) monitor.observe({ "atlas-stats": header });
    const health = monitor.health();
    now += 3_600_000;
    monitor.observe({ "atlas-stats": "hits=1" });
    console.log(JSON.stringify({ length: header.length, observed, health, later: monitor.health() }));
  `);
  assert.ok(length < 269, `${length} bytes`);
  assert.deepEqual(observed.refused, []);
  assert.equal(observed.stats.lookups, Number.MAX_SAFE_INTEGER);
  assert.deepEqual([health.lookups, health.fallbacks.timeout], [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  assert.equal(health.hitRate, 0.1, "though every number is capped");
  assert.deepEqual([later.lookups, later.hitRate], [1, 1]);
});

test("a verdict is a snapshot if it is verified, and expires by when it was confirmed", async () => {
  const { verdict, good, bad, none, block, late } = await run("verdict.mjs", `
    import { readFileSync } from "node:fs";
    import { verifySnapshot } from "@clickeen/atlas";
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    const items = JSON.parse(readFileSync(${JSON.stringify(GOLDEN)}, "utf8"));
    let now = Date.parse("2026-11-22T12:01:00.000Z");
    const monitor = new AtlasMonitor({ now: () => now });
    const verdict = verifySnapshot(items);
    const good = monitor.health(verdict);
    const block = monitor.health({ ...good, lastSyncAt: "2026-11-22T12:00:30.000Z" });
    items.atlas_v1_planHints.payload.free.branding.enforced = false;
    const bad = monitor.health(verifySnapshot(items));
    const none = monitor.health(verifySnapshot({}));
    now += 13 * 3_600_000;
    const late = monitor.health({ ...good, lastSyncAt: "2026-11-23T01:00:00.000Z" });
    console.log(JSON.stringify({ verdict, good, bad, none, block, late }));
  `);
  const { version, checksum, checkedAt } = verdict;
  const known = { version, checksum, lastSyncAt: checkedAt, lastSyncAgeSeconds: 60, checkedAt };
  const counts = { hitRate: null, lookups: 0, fallbacks: {} };
  assert.deepEqual(good, { status: "ok", ...known, ...counts });
  const unknown = { version: null, checksum: null, lastSyncAt: null, lastSyncAgeSeconds: null, checkedAt: null };
  assert.deepEqual(bad, { status: "error", ...unknown, ...counts });
  assert.deepEqual(none, bad);
  assert.deepEqual(block, { ...good, lastSyncAt: "2026-11-22T12:00:30.000Z", lastSyncAgeSeconds: 30 });
  assert.deepEqual([late.status, late.checkedAt], ["error", checkedAt], "a sync that confirmed nothing keeps nothing fresh");
});

test("whatever it is given, it answers", async () => {
  const { threw, blocks } = await run("anything.mjs", `
    import { AtlasMonitor } from "@clickeen/atlas/monitor";
    const throwing = new Proxy({}, { get() { throw new Error("no"); }, has() { throw new Error("no"); } });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const values = [
      undefined, null, true, 0, NaN, -1, 1.5, Infinity, 2 ** 60, 10n, "", "x", "\ud800", Symbol("s"), [], [null], {}, () => {}, new Date(NaN),
      Object.create(null), throwing, revoked.proxy, new Map([["Atlas-Stats", "hits=1"]]), { get: () => { throw 1; } }, { get: async () => { throw 1; } }, { get: () => 10n },
      { "atlas-stats": ["hits=1", Symbol("s")] }, { "atlas-stats": ["hits=1", "hits=2"] }, { "atlas-stats": "x".repeat(1e7) }, { "atlas-refresh-hint": "\0" },
      { get version() { throw 1; } }, { version: 1n, checksum: 1n, lastSyncAt: 1n }, { toString() { throw 1; }, valueOf() { throw 1; } },
    ];
    const members = ["version", "checksum", "checkedAt", "lastSyncAt", "verified"];
    const good = { version: 1, checksum: "sha256:" + "0".repeat(64), checkedAt: new Date().toISOString(), lastSyncAt: new Date().toISOString() };
    const snapshots = [...values, ...values.flatMap((value) => members.map((name) => ({ ...good, [name]: value })))];
    const options = [...values, ...values.flatMap((value) => [{ now: value }, { now: () => value }, { now: async () => { throw value; } }, { maxAgeMs: value }])];
    const threw = [];
    const blocks = new Set();
    const attempt = (what, value, work) => {
      try {
        return work();
      } catch (error) {
        threw.push(what + ": " + typeof value + ": " + error);
      }
    };
    for (const option of options) {
      const monitor = attempt("constructor", option, () => new AtlasMonitor(option));
      if (monitor === undefined) continue;
      for (const value of values) {
        const observed = attempt("observe", value, () => monitor.observe(value));
        if (observed) blocks.add(Object.keys(observed).join());
      }
      for (const value of snapshots) {
        const health = attempt("health", value, () => monitor.health(value));
        if (health) blocks.add(Object.keys(health).join());
      }
    }
    console.log(JSON.stringify({ threw: [...new Set(threw)].slice(0, 10), blocks: [...blocks] }));
  `);
  assert.deepEqual(threw, []);
  assert.deepEqual(blocks.sort(), [
    "stats,hint,refused", "status,version,checksum,lastSyncAt,lastSyncAgeSeconds,checkedAt,hitRate,lookups,fallbacks",
  ]);
});
