// The installed package in Node, as ESM and as CommonJS, with the real SDK on the local store.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startStore } from "../sdk/store.mjs";
import { ROOT, install, runNode } from "./installed.mjs";

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };

let installed;
let store;
let env;
before(async () => {
  [installed, store] = await Promise.all([install(), startStore()]);
  const fixture = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "snapshots", "whole.json"), "utf8"));
  await store.put(fixture.items);
  env = { STORE: store.connectionString, NOW: Date.parse(fixture.now), REQUEST: JSON.stringify(FAQ) };
});
after(async () => {
  await store?.stop();
  await installed?.remove();
});

const setting = `
  const client = createClient(process.env.STORE, { staleIfError: false });
  const events = [];
  let ahead = 0;
  const now = () => Number(process.env.NOW) + ahead;
  const log = (event) => events.push(event);
  const request = JSON.parse(process.env.REQUEST);
  // The time is not what these tests are about: a busy machine must not make a cold read a fallback.
  const patient = { client, now, log, timeoutMs: 5000 };
`;

const esm = (name, body) => {
  const imports = `
    import { AtlasError, KEYS, createAtlas, storedKey, verifySnapshot } from "@clickeen/atlas";
    import { createClient } from "@vercel/edge-config";
  `;
  return runNode(installed.project, `${name}.mjs`, `${imports}${setting}${body}`, env);
};

test("ESM: a lookup is a hit with the template's own data, and then answered from memory", async () => {
  const { cold, first, peeked, health } = await esm("hit", `
    const atlas = createAtlas(patient);
    const cold = atlas.peek(request) ?? null;
    const first = await atlas.lookup(request);
    console.log(JSON.stringify({ cold, first, peeked: atlas.peek(request), health: atlas.health() }));
  `);
  assert.equal(cold, null);
  assert.equal(first.source, "atlas");
  assert.equal(first.version, 1);
  assert.equal(first.ageMs, 3_600_000);
  assert.equal(first.template.name, "FAQ Classic Light");
  assert.equal(first.schema.properties.items.maxItems, 20);
  assert.equal(first.hints.branding.enforced, false);
  assert.deepEqual(peeked, first);
  assert.equal(health.status, "ok");
  assert.deepEqual([health.lookups, health.hitRate], [2, 1]);
});

test("CommonJS: the same", async () => {
  const decision = await runNode(installed.project, "hit.cjs", `
    const { createAtlas } = require("@clickeen/atlas");
    const { createClient } = require("@vercel/edge-config");
    ${setting}
    createAtlas(patient).lookup(request).then((decision) => console.log(JSON.stringify(decision)));
  `, env);
  assert.deepEqual([decision.source, decision.version], ["atlas", 1]);
});

test("a fallback carries its reason, the hint for Paris, and what is left of the budget", async () => {
  const { decision, events } = await esm("miss", `
    const atlas = createAtlas(patient);
    const decision = await atlas.lookup({ ...request, schemaVersion: "2031-01-01", requestId: "r1", publicId: "wgt_1" });
    console.log(JSON.stringify({ decision, events }));
  `);
  assert.equal(decision.reason, "schema_version_mismatch");
  assert.equal(decision.refreshHint, true);
  assert.match(decision.headers["Atlas-Refresh-Hint"], /^reason=schema_version_mismatch, version=1, .*schema="2031-01-01"/);
  assert.ok(decision.remainingMs > 4_000 && decision.remainingMs <= 5_000, `${decision.remainingMs}`);
  assert.deepEqual(decision.hints, { branding: { enforced: true }, features: {}, limits: {} });
  const { event, level, reason, key, requestId, publicId, suppressed } = events[0];
  assert.deepEqual([event, level, reason, key], ["atlas_stale", "warn", "schema_version_mismatch", "atlas:v1:widgetSchemas"]);
  assert.deepEqual([requestId, publicId, suppressed, events.length], ["r1", "wgt_1", 0, 1]);
});

test("a request that is no instance, or hostile, is a fallback and never throws", async () => {
  const reasons = await esm("hostile", `
    const atlas = createAtlas(patient);
    const requests = [undefined, null, 1, {}, { widgetType: 7 }, { ...request, widgetType: "__proto__" },
      { ...request, templateId: "constructor" }, { ...request, templateId: "x".repeat(1e6) }];
    const reasons = [];
    for (const odd of requests) reasons.push((await atlas.lookup(odd)).reason);
    console.log(JSON.stringify(reasons));
  `);
  assert.deepEqual(reasons, Array(8).fill("record_missing"));
});

test("without a client every lookup is not_configured", async () => {
  const [decision, events] = await esm("unconfigured", `
    const atlas = createAtlas({ client: null, now, log });
    console.log(JSON.stringify([await atlas.lookup(request), events]));
  `);
  assert.equal(decision.reason, "not_configured");
  assert.match(events[0].message, /ATLAS_EDGE_CONFIG/);
});

test("a hung store costs a lookup 50 ms, and what it brings later serves the next", async () => {
  const { first, second, waited } = await esm("hung", `
    let answer;
    const hung = { getAll: () => new Promise((resolve) => (answer = resolve)) };
    const atlas = createAtlas({ client: hung, now, log });
    const began = performance.now();
    const first = await atlas.lookup(request);
    const waited = performance.now() - began;
    answer(await client.getAll());
    await new Promise((done) => setImmediate(done));
    console.log(JSON.stringify({ first: first.reason, second: atlas.peek(request)?.source, waited }));
  `);
  assert.deepEqual([first, second], ["timeout", "atlas"]);
  assert.ok(waited >= 49, `${waited} ms`);
});

test("resolve hands on what Paris gave, and what it threw", async () => {
  const result = await esm("resolve", `
    const atlas = createAtlas(patient);
    const hit = await atlas.resolve(request, () => { throw new Error("not asked"); });
    const miss = await atlas.resolve({ ...request, widgetType: "nope" }, async (asked, { signal, headers, remainingMs, decision }) =>
      [asked.widgetType, signal.aborted, Object.keys(headers), remainingMs > 4_000, decision.reason]);
    const thrown = new Error("Paris is down");
    const same = await atlas.resolve({ widgetType: "nope" }, () => { throw thrown; }).catch((error) => error === thrown);
    console.log(JSON.stringify({ hit: hit.source, value: miss.value, reason: miss.reason, same }));
  `);
  assert.equal(result.hit, "atlas");
  assert.deepEqual(result.value, ["nope", false, ["Atlas-Refresh-Hint", "Atlas-Stats"], true, "record_missing"]);
  assert.deepEqual([result.reason, result.same], ["record_missing", true]);
});

test("resolve aborts the fetch when the budget is used up", async () => {
  const reason = await esm("budget", `
    const atlas = createAtlas({ client: null, log, budgetMs: 20 });
    const never = (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await atlas.resolve(request, never).catch((error) => console.log(JSON.stringify([error.name, error.message])));
  `);
  assert.deepEqual(reason, ["TimeoutError", "@clickeen/atlas: the budget of 20 ms is used up"]);
});

test("mistakes of the caller are thrown with a stable code and say what is allowed", async () => {
  const thrown = await esm("mistakes", `
    const mistakes = [
      () => storedKey("atlas:v1:nope"),
      () => createAtlas({ client, timeoutMs: 0 }),
      () => createAtlas({ client, timeoutMs: 5001 }),
      () => createAtlas({ client, refreshMs: "10" }),
      () => createAtlas({ client, maxAgeMs: 1.5 }),
      () => createAtlas({ client: "ecfg" }),
      () => createAtlas({ log: 1 }),
      () => createAtlas(patient).resolve({}),
    ];
    const tell = async (run) => { try { await run(); return null; } catch (error) { return [error instanceof AtlasError, error.code, error.message]; } };
    console.log(JSON.stringify(await Promise.all(mistakes.map(tell))));
  `);
  const expected = [
    ["ATLAS_UNKNOWN_KEY", /unknown key "atlas:v1:nope": expected one of atlas:v1:manifest, /],
    ["ATLAS_BAD_OPTION", /option timeoutMs: expected a whole number of milliseconds from 1 to 5000, found 0/],
    ["ATLAS_BAD_OPTION", /timeoutMs.* found 5001/],
    ["ATLAS_BAD_OPTION", /refreshMs.* found "10"/],
    ["ATLAS_BAD_OPTION", /maxAgeMs.* found 1\.5/],
    ["ATLAS_BAD_OPTION", /option client: expected an object with getAll, found a value of type string$/],
    ["ATLAS_BAD_OPTION", /option log: expected a function, found 1/],
    ["ATLAS_BAD_OPTION", /resolve: expected a function that fetches from Paris, found undefined/],
  ];
  expected.forEach(([code, message], at) => {
    assert.deepEqual(thrown[at]?.slice(0, 2), [true, code], `mistake ${at}`);
    assert.match(thrown[at][2], message);
  });
});

test("a trap costs one lookup a fallback; the next works, and so does another reader", async () => {
  const { trapped, next, other } = await esm("trap", `
    // As modules of their own, which a test can change; the entry for Node is one file.
    const modules = await import("./node_modules/@clickeen/atlas/index.js");
    const atlas = modules.createAtlas(patient);
    const bystander = modules.createAtlas(patient);
    await atlas.lookup(request);
    await bystander.lookup(request);
    // A real one: Rust panics when a reader is asked while it is being asked, which only the package's own host can do.
    const { host } = await import("./node_modules/@clickeen/atlas/lib/host.js");
    const { hit } = host;
    const free = { ...request, plan: "free" };
    let trapped;
    host.hit = (...args) => {
      host.hit = hit;
      trapped = atlas.peek(free);
      return hit(...args);
    };
    atlas.peek(free);
    const next = await atlas.lookup(request);
    const other = await bystander.lookup(request);
    console.log(JSON.stringify({ trapped: trapped?.reason, next: next.source, other: other.source }));
  `);
  assert.deepEqual([trapped, next, other], ["internal_error", "atlas", "atlas"]);
});

test("verifySnapshot names a damaged entry with both checksums", async () => {
  const verdict = await esm("verify", `
    const items = structuredClone(await client.getAll());
    items.atlas_v1_planHints.payload.free.branding.enforced = false;
    console.log(JSON.stringify([verifySnapshot(await client.getAll()).verified, verifySnapshot(items)]));
  `);
  assert.equal(verdict[0], true);
  const [, planHints] = verdict[1].entries;
  assert.deepEqual([verdict[1].verified, planHints.status, planHints.reason], [false, "failed", "corrupt"]);
  assert.match(planHints.expected, /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(planHints.expected, planHints.computed);
});
