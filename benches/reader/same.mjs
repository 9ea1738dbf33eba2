// Whether the two contestants do the same job: for every fixture, for a store that hangs or throws, and over a sequence
// of snapshots, Atlas and the hand-written reader must decide alike. Otherwise comparing their speed means nothing.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { snapshot } from "../../scripts/lib/format.mjs";
import { ROOT } from "../../scripts/lib/paths.mjs";
import { bundle } from "./contestants.mjs";

const FIXTURES = join(ROOT, "tests", "fixtures", "snapshots");

/** What the rival takes on trust, to be fast: that text which hashes as it stands was sealed in canonical order. */
const BEYOND_THE_RIVAL = new Set(["sealed-over-another-order"]);

/** Throws at the first decision that differs. Gives how many there were, by reason (`hit` is one). */
export async function assertSameDecisions() {
  const out = await bundle("node");
  const { createAtlas } = await import(pathToFileURL(join(out, "atlas.mjs")));
  const { createReader } = await import(pathToFileURL(join(out, "hand-written.mjs")));
  const fixtures = await readFixtures();
  const counts = {};
  const both = (client, options) => {
    const all = { client, log: () => {}, timeoutMs: 5_000, ...options };
    const [atlas, reader] = [createAtlas(all), createReader(all)];
    return async (name, request, expected) => {
      const [ours, theirs] = [view(await atlas.lookup(request)), view(await reader.lookup(request))];
      assert.deepEqual(theirs, ours, name);
      if (expected) assert.equal(reasonOf(ours), expected, name);
      counts[reasonOf(ours)] = (counts[reasonOf(ours)] ?? 0) + 1;
    };
  };

  for (const { name, items, lookup, now, expect } of fixtures.filter(({ name }) => !BEYOND_THE_RIVAL.has(name))) {
    const same = both(storeOf(() => items), { now: () => Date.parse(now) });
    await same(name, lookup, expect.decision);
    await same(`${name}, again`, lookup, expect.decision);
  }
  const whole = fixtures.find(({ name }) => name === "whole");
  await outages(both, whole);
  await sequence(both, fixtures);
  return counts;
}

async function outages(both, { items, lookup, now }) {
  const clock = () => Date.parse(now);
  const hung = { getAll: () => new Promise(() => {}) };
  await both(hung, { now: clock, timeoutMs: 20 })("a store that hangs", lookup, "timeout");
  const failing = { getAll: () => Promise.reject(new Error("no")) };
  await both(failing, { now: clock })("a store that throws", lookup, "unavailable");
  let time = clock();
  const same = both(storeOf(() => items), { now: () => time });
  await same("fresh", lookup, "hit");
  time += 13 * 3_600_000;
  await same("expired later", lookup, "expired");
}

/** One reader each, over snapshots that follow each other. */
async function sequence(both, fixtures) {
  const items = (name) => fixtures.find((fixture) => fixture.name === name).items;
  const { lookup, now } = fixtures.find(({ name }) => name === "whole");
  let [time, store] = [Date.parse(now), items("whole")];
  const same = both(storeOf(() => store), { now: () => time });
  const steps = [["whole", "hit"], ["payload-changed", "hit"], ["hints-missing", "hit"], ["empty-store", "key_missing"], ["not-an-object", "hit"], ["whole", "hit"]];
  for (const [name, expected] of steps) {
    store = items(name);
    time += 10_000;
    await same(`then ${name}`, lookup, expected);
    await same(`then ${name}, within the refresh time`, lookup);
  }
  await versions(both, { items: items("whole"), lookup, now });
}

/** A new version, and the old one put back. */
async function versions(both, { items, lookup, now }) {
  const payloads = Object.fromEntries(["planHints", "widgetSchemas", "widgetTemplates"].map((name) => [name, items[`atlas_v1_${name}`].payload]));
  const renamed = structuredClone(payloads);
  renamed.widgetTemplates[lookup.templateId].name = "Another";
  let time = Date.parse(now);
  let store = items;
  const same = both(storeOf(() => store), { now: () => time });
  for (const [name, published, expected] of [["1", items, "hit"], ["2", newer(renamed), "hit"], ["1 again", items, "rollback"], ["2 again", newer(renamed), "hit"]]) {
    store = published;
    await same(`version ${name}`, lookup, expected);
    time += 10_000;
  }
}

function newer(payloads) {
  return snapshot(payloads, { version: 2, at: "2026-11-22T12:30:00.000Z" });
}

async function readFixtures() {
  const names = (await readdir(FIXTURES)).filter((name) => name.endsWith(".json"));
  return Promise.all(names.map(async (file) => ({ name: file.replace(".json", ""), ...JSON.parse(await readFile(join(FIXTURES, file), "utf8")) })));
}

/** A client of what `items` gives at the time of the read; only what is there, as the SDK gives it. */
function storeOf(items) {
  return {
    getAll: async (keys) => {
      const all = items();
      return Object.fromEntries(keys.filter((key) => Object.hasOwn(all, key)).map((key) => [key, all[key]]));
    },
  };
}

/** A decision as far as both tell it. */
function view(decision) {
  if (decision.source === "paris") return { source: decision.source, reason: decision.reason, hints: decision.hints };
  const { warnings, ...rest } = decision;
  return { ...rest, warnings: warnings.map((warning) => warning.code ?? warning) };
}

function reasonOf({ source, reason }) {
  return source === "atlas" ? "hit" : reason;
}
