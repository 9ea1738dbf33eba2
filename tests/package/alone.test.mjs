// A refresh that finds nothing new is made without the Wasm. What follows from it is what would follow if Rust had made it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installForAll } from "./installed.mjs";

/** A store that answers a manifest that is read alone when the test says so, and a clock that the test moves. */
const setting = `
  import { createAtlas } from "@clickeen/atlas";
  const items = JSON.parse(process.env.ITEMS);
  const reads = [];
  const waiting = [];
  const client = {
    getAll: async (keys) => {
      reads.push(keys.length);
      return structuredClone(Object.fromEntries(keys.map((key) => [key, items[key]])));
    },
    get: (key) => {
      reads.push(1);
      return new Promise((resolve, reject) => waiting.push({ answer: () => resolve(structuredClone(items[key])), reject, resolve }));
    },
  };
  let ahead = 0;
  const atlas = createAtlas({ client, now: () => Number(process.env.NOW) + ahead, log: () => {}, timeoutMs: 20 });
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const refresh = async (ms) => { ahead = ms; const lookup = atlas.lookup(FAQ); await Promise.resolve(); return lookup; };
  const turn = () => new Promise((done) => setTimeout(done));
  await atlas.lookup(FAQ);
`;
const run = installForAll(setting);

test("what was refreshed need not be read for other names", async () => {
  const { sources, reads } = await run("others", `
    const first = refresh(10_000);
    waiting.shift().answer();
    const decisions = [await first];
    ahead = 19_999;
    for (const plan of ["free", null, undefined]) decisions.push(await atlas.lookup({ ...FAQ, plan }));
    console.log(JSON.stringify({ sources: decisions.map(({ source }) => source), reads }));
  `);
  assert.deepEqual([sources, reads], [Array(4).fill("atlas"), [4, 1]]);
});

test("an earlier refresh that is answered late shortens nothing", async () => {
  const { sources, reads } = await run("order", `
    const earlier = refresh(10_000);
    const later = refresh(10_500);
    const [first, second] = waiting.splice(0);
    second.answer();
    const decisions = [await later];
    first.answer();
    decisions.push(await earlier);
    ahead = 20_499;
    decisions.push(await atlas.lookup(FAQ), await atlas.lookup({ ...FAQ, plan: "free" }));
    console.log(JSON.stringify({ sources: decisions.map(({ source }) => source), reads }));
  `);
  assert.deepEqual([sources, reads], [Array(4).fill("atlas"), [4, 1, 1]]);
});

test("a refresh that began earlier brings nothing older", async () => {
  const ages = await run("older", `
    const { createHash } = await import("node:crypto");
    const jcs = (value) => typeof value === "object" && value !== null
      ? "{" + Object.keys(value).sort().map((name) => JSON.stringify(name) + ":" + jcs(value[name])) + "}" : JSON.stringify(value);
    const { checksum: _, ...manifest } = structuredClone(items.atlas_v1_manifest);
    const before = items.atlas_v1_manifest;
    manifest.checkedAt = new Date(Date.parse(manifest.checkedAt) + 60_000).toISOString();
    const after = { ...manifest, checksum: "sha256:" + createHash("sha256").update(jcs(manifest)).digest("hex") };
    const [earlier, later] = [refresh(70_000), refresh(70_000)];
    const [first, second] = waiting.splice(0);
    second.resolve(after);
    const decisions = [await later];
    first.resolve(structuredClone(before));
    decisions.push(await earlier, await atlas.lookup(FAQ));
    console.log(JSON.stringify(decisions.map(({ ageMs }) => ageMs)));
  `);
  assert.deepEqual(ages, Array(3).fill(ages[0]));
  assert.equal(typeof ages[0], "number");
});

test("reads that run out of time open the breaker, whatever is kept", async () => {
  const { reasons, reads } = await run("breaker", `
    const reasons = [];
    for (let count = 0; count < 4; count += 1) reasons.push((await refresh(10_000)).reason);
    console.log(JSON.stringify({ reasons, reads }));
  `);
  assert.deepEqual([reasons, reads], [["timeout", "timeout", "timeout", "breaker_open"], [4, 1, 1, 1]]);
});

test("a failure while hits are kept counts too: the third in a row opens the breaker", async () => {
  const { reasons, reads } = await run("failures", `
    const pending = [refresh(10_000), refresh(10_000)];
    waiting.splice(0).forEach(({ reject }) => reject(new Error("down")));
    const reasons = (await Promise.all(pending)).map(({ reason }) => reason);
    const good = refresh(10_000);
    waiting.shift().answer();
    reasons.push((await good).source);
    for (let count = 0; count < 3; count += 1) {
      const bad = refresh(20_000);
      waiting.shift().reject(new Error("down"));
      reasons.push((await bad).reason);
    }
    reasons.push((await refresh(20_000)).reason);
    console.log(JSON.stringify({ reasons, reads }));
  `);
  const down = "unavailable";
  assert.deepEqual(reasons, [down, down, "atlas", down, down, down, "breaker_open"]);
  assert.deepEqual(reads, [4, 1, 1, 1, 1, 1, 1]);
});

test("a late manifest that was given up is no rollback, and costs no hit", async () => {
  const { reasons, health } = await run("late", `
    const given = refresh(10_000);
    const reasons = [(await given).reason];
    const next = refresh(10_100);
    const [late, good] = waiting.splice(0);
    good.answer();
    reasons.push((await next).source);
    late.answer();
    await turn();
    reasons.push((await atlas.lookup(FAQ)).source);
    console.log(JSON.stringify({ reasons, health: atlas.health() }));
  `);
  assert.deepEqual(reasons, ["timeout", "atlas", "atlas"]);
  assert.deepEqual([health.version, health.lookups, health.fallbacks], [1, 4, { timeout: 1 }]);
});

test("a value that looks something up while it is compared breaks nothing", async () => {
  const { sources, nested } = await run("nested", `
    const nested = [];
    const pending = refresh(10_000);
    const manifest = structuredClone(items.atlas_v1_manifest);
    const { version } = manifest;
    Object.defineProperty(manifest, "version", { enumerable: true, get() {
      nested.push(atlas.lookup(FAQ), atlas.lookup({ ...FAQ, plan: "free" }), Promise.resolve(atlas.peek(FAQ)));
      return version;
    } });
    waiting.shift().resolve(manifest);
    const decisions = [await pending];
    waiting.splice(0).forEach(({ answer }) => answer());
    const answers = await Promise.all(nested);
    ahead = 10_001;
    decisions.push(await atlas.lookup(FAQ));
    console.log(JSON.stringify({ sources: decisions.map(({ source }) => source), nested: answers.map((one) => one?.source ?? null) }));
  `);
  assert.deepEqual(sources, ["atlas", "atlas"]);
  assert.ok(nested.length > 0 && nested.every((source) => source === "atlas" || source === null), nested.join());
});
