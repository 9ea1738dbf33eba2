// What a reader does from one request to the next: what it remembers, what it reads behind an answer, what it counts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installForAll } from "./installed.mjs";

/** A store in memory that counts its reads, and a clock that the test moves. */
const setting = `
  import { createAtlas } from "@clickeen/atlas";
  const items = JSON.parse(process.env.ITEMS);
  const jcs = (value) => Array.isArray(value) ? "[" + value.map(jcs) + "]" : typeof value === "object" && value !== null
    ? "{" + Object.keys(value).sort().map((name) => JSON.stringify(name) + ":" + jcs(value[name])) + "}" : JSON.stringify(value);
  const reads = [];
  let failing = false;
  const client = { async getAll(keys) {
    reads.push(keys.length);
    if (failing) throw new Error("down");
    return structuredClone(Object.fromEntries(keys.map((key) => [key, items[key]])));
  } };
  let ahead = 0;
  const now = () => Number(process.env.NOW) + ahead;
  const events = [];
  const patient = { client, now, log: (event) => events.push(event), timeoutMs: 5000 };
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
`;
const run = installForAll(setting);

test("a remembered hit is the decision that would be made anew, at its own age", async () => {
  const { first, second, other, reads, stats } = await run("remembered", `
    const atlas = createAtlas(patient);
    const first = await atlas.lookup(FAQ);
    ahead = 5;
    const second = await atlas.lookup({ ...FAQ });
    const other = await createAtlas(patient).lookup(FAQ);
    console.log(JSON.stringify({ first, second, other, reads, stats: atlas.takeStats() }));
  `);
  assert.equal(second.ageMs, first.ageMs + 5);
  assert.deepEqual(second, other);
  assert.deepEqual([reads, stats], [[4, 4], { lookups: 2, hits: 2, fallbacks: {} }]);
});

test("a hit is remembered for its own names only, and no longer than it stands", async () => {
  const { reasons, reads } = await run("names", `
    const atlas = createAtlas({ ...patient, maxAgeMs: 3_603_000 });
    const reasons = [];
    const ask = async (request) => { const d = await atlas.lookup(request); reasons.push(d.reason ?? d.hints.branding.enforced); };
    await ask(FAQ);
    await ask(FAQ);
    await ask({ ...FAQ, plan: "free" });
    await ask({ ...FAQ, plan: null });
    await ask({ ...FAQ, schemaVersion: "2031-01-01" });
    await ask({ ...FAQ, widgetType: "testbutton" });
    await ask({ ...FAQ, templateId: "nope" });
    ahead = 3_000;
    await ask(FAQ);
    ahead = 3_001;
    await ask(FAQ);
    console.log(JSON.stringify({ reasons, reads }));
  `);
  assert.deepEqual(reasons, [
    false, false, true, true, "schema_version_mismatch", "record_missing", "record_missing", false, "expired",
  ]);
  assert.deepEqual(reads, [4]);
});

test("after refreshMs the manifest alone is read, and what it changed is served", async () => {
  const { reads, names } = await run("refresh", `
    const atlas = createAtlas(patient);
    const names = [(await atlas.lookup(FAQ)).template.name];
    for (ahead of [9_999, 10_000, 10_001]) names.push((await atlas.lookup(FAQ)).template.name);
    console.log(JSON.stringify({ reads, names }));
  `);
  assert.deepEqual(reads, [4, 1]);
  assert.deepEqual(names, Array(4).fill("FAQ Classic Light"));
});

test("the manifest alone is read with the client's get, where it has one, and seen when it changes", async () => {
  const { gets, reads, steps } = await run("get", `
    const { createHash } = await import("node:crypto");
    const gets = [];
    // As Vercel's runtime does, it gives the same object again.
    const getAll = async (keys) => { reads.push(keys.length); return Object.fromEntries(keys.map((key) => [key, items[key]])); };
    const get = async (key) => { gets.push(key); if (failing) throw new Error("down"); return items[key]; };
    const atlas = createAtlas({ ...patient, client: { getAll, get } });
    const seal = (manifest, changes) => {
      const { checksum: _, ...rest } = { ...manifest, ...changes };
      return { ...rest, checksum: "sha256:" + createHash("sha256").update(jcs(rest)).digest("hex") };
    };
    const steps = [];
    const ask = async (ms) => {
      ahead = ms;
      const { reason, version, ageMs } = await atlas.lookup(FAQ);
      steps.push(reason ?? [version, ageMs]);
    };
    await ask(0);
    await ask(10_000);
    const manifest = items.atlas_v1_manifest;
    // A heartbeat, put into the object that was verified.
    Object.assign(manifest, seal(manifest, { checkedAt: new Date(Date.parse(manifest.checkedAt) + 20_000).toISOString() }));
    await ask(20_000);
    items.atlas_v1_manifest = { ...manifest, writer: "somebody else" };
    await ask(30_000);
    delete items.atlas_v1_manifest;
    await ask(40_000);
    items.atlas_v1_manifest = manifest;
    failing = true;
    await ask(50_000);
    failing = false;
    await ask(60_000);
    console.log(JSON.stringify({ gets: new Set(gets).size, reads, steps }));
  `);
  const age = steps[0][1];
  assert.deepEqual(steps, [[1, age], [1, age + 10_000], [1, age], "corrupt", "key_missing", "unavailable", [1, age + 40_000]]);
  assert.deepEqual([gets, reads], [1, [4]], "all the rest was read with get");
});

test("a clock that went back is noticed, though the manifest is what it was", async () => {
  const reasons = await run("back", `
    const atlas = createAtlas(patient);
    const reasons = [];
    for (ahead of [0, -3_600_000, -3_900_000, -3_900_001, -3_600_000, -3_910_000, 0]) {
      const { reason, source } = await atlas.lookup(FAQ);
      reasons.push(reason ?? source);
    }
    console.log(JSON.stringify(reasons));
  `);
  assert.deepEqual(reasons, ["atlas", "atlas", "atlas", "clock_skew", "atlas", "clock_skew", "atlas"]);
});

test("a refresh that brings the old manifest, when another has brought a new one, is slow, or a rollback", async () => {
  const { slow, back } = await run("overtaken", `
    const { createHash } = await import("node:crypto");
    const answers = [];
    const held = { getAll: (keys) => new Promise((answer) => {
      answers.push((store) => answer(structuredClone(Object.fromEntries(keys.map((key) => [key, store[key]])))));
    }) };
    const { checksum: _, ...manifest } = { ...items.atlas_v1_manifest, version: 2 };
    const hash = createHash("sha256").update(jcs(manifest)).digest("hex");
    const newer = { ...items, atlas_v1_manifest: { ...manifest, checksum: "sha256:" + hash } };
    const told = async (decision) => (await decision).version ?? (await decision).reason;
    // Two refreshes under way; the one at place \`quick\` is answered first, and with the new manifest.
    const race = async (quick) => {
      ahead = 0;
      answers.length = 0;
      const atlas = createAtlas({ ...patient, client: held });
      const first = atlas.lookup(FAQ);
      answers[0](items);
      await first;
      ahead = 10_000;
      const lookups = [atlas.lookup(FAQ), atlas.lookup(FAQ)];
      answers[1 + quick](newer);
      const versions = [await told(first), await told(lookups[quick])];
      answers[2 - quick](items);
      return [...versions, await told(lookups[1 - quick])];
    };
    console.log(JSON.stringify({ slow: await race(1), back: await race(0) }));
  `);
  assert.deepEqual(slow, [1, 2, 2], "it began before the other");
  assert.deepEqual(back, [1, 2, "rollback"], "it began after the other");
});

test("with waitUntil a hit that is due is served at once, and an outage behind it costs nobody anything", async () => {
  const result = await run("background", `
    const atlas = createAtlas({ ...patient, revalidate: "background" });
    const work = [];
    const context = { waitUntil: (promise) => work.push(promise) };
    await atlas.lookup(FAQ, context);
    ahead = 10_000;
    const due = await atlas.lookup(FAQ, context);
    const beforeWork = work.length;
    await Promise.all(work);
    const remembered = atlas.peek(FAQ)?.source;
    failing = true;
    const sources = [];
    for (ahead of [20_000, 21_000, 22_000, 23_000]) {
      sources.push((await atlas.lookup(FAQ, context)).source);
      await Promise.all(work);
    }
    const blocking = (await atlas.lookup(FAQ)).reason;
    console.log(JSON.stringify({ due: due.source, beforeWork, remembered, sources, reads, blocking,
      events: events.map(({ event, reason }) => event + " " + reason) }));
  `);
  assert.deepEqual([result.due, result.beforeWork, result.remembered], ["atlas", 1, "atlas"]);
  assert.deepEqual(result.sources, Array(4).fill("atlas"));
  assert.deepEqual(result.reads, [4, 1, 1, 1, 1], "one refresh, three failures, then the breaker");
  assert.equal(result.blocking, "breaker_open", "without waitUntil a lookup waits for the store");
  assert.deepEqual(result.events, ["atlas_unavailable unavailable"]);
});

test("counters go to Paris with each fallback, once", async () => {
  const { headers, stats } = await run("stats", `
    const atlas = createAtlas(patient);
    for (let n = 0; n < 3; n += 1) await atlas.lookup(FAQ);
    const headers = [];
    for (const request of [{}, FAQ, { ...FAQ, plan: "nope", templateId: "nope" }]) {
      headers.push((await atlas.lookup(request)).headers?.["Atlas-Stats"] ?? null);
    }
    console.log(JSON.stringify({ headers, stats: [atlas.takeStats(), atlas.takeStats()] }));
  `);
  assert.deepEqual(headers, ["hits=3, record_missing=1", null, "hits=1, record_missing=1"]);
  assert.deepEqual(stats[0], { lookups: 6, hits: 4, fallbacks: { record_missing: 2 } });
  assert.deepEqual(stats[1], { lookups: 0, hits: 0, fallbacks: {} });
});

test("a large value is hashed by the platform, and one flipped byte of it is found", async () => {
  const { hung, whole, damaged, without, digests } = await run("large", `
    const { createHash } = await import("node:crypto");
    // Templates of 140 KB, sealed as the format says: members in order, the checksum over the rest.
    const sealed = (entry) => {
      const text = jcs(entry);
      const checksum = "sha256:" + createHash("sha256").update(text).digest("hex");
      return { checksum, ...JSON.parse(text) };
    };
    const { checksum: _, ...templates } = items.atlas_v1_widgetTemplates;
    const { "faq-classic-light": first, ...others } = templates.payload;
    const { accents, ...rest } = first;
    templates.payload = Object.fromEntries(Object.entries({ ...others,
      "faq-classic-light": { accents: ["x".repeat(140_000)], ...rest } }).sort(([a], [b]) => (a < b ? -1 : 1)));
    items.atlas_v1_widgetTemplates = sealed(templates);
    const { checksum: __, ...manifest } = items.atlas_v1_manifest;
    const entry = manifest.entries["atlas:v1:widgetTemplates"];
    entry.bytes = JSON.stringify(items.atlas_v1_widgetTemplates).length;
    entry.checksum = items.atlas_v1_widgetTemplates.checksum;
    items.atlas_v1_manifest = sealed(manifest);

    let digests = 0;
    const { digest } = crypto.subtle;
    crypto.subtle.digest = function (...args) { digests += 1; return digest.apply(this, args); };
    const ask = async () => { const d = await createAtlas(patient).lookup(FAQ); return d.reason ?? d.source; };
    const whole = await ask();
    crypto.subtle.digest = () => Promise.reject(new Error("no WebCrypto today"));
    const without = await ask();
    // A request that is cancelled takes its hash with it.
    crypto.subtle.digest = () => new Promise(() => {});
    const cut = createAtlas({ ...patient, timeoutMs: 50 });
    const hung = [(await cut.lookup(FAQ)).reason, (await cut.lookup(FAQ)).source];
    crypto.subtle.digest = function (...args) { digests += 1; return digest.apply(this, args); };
    const good = items.atlas_v1_widgetTemplates.payload["faq-classic-light"].accents[0];
    items.atlas_v1_widgetTemplates.payload["faq-classic-light"].accents[0] = "y" + good.slice(1);
    const damaged = await ask();
    // The entries beside a manifest that is refused are hashed once, and never judged.
    items.atlas_v1_manifest.writer = "somebody";
    const [refused, before] = [createAtlas(patient), digests];
    for (let lookups = 0; lookups < 3; lookups += 1) await refused.lookup(FAQ);
    console.log(JSON.stringify({ hung, whole, damaged, without, digests: [before, digests - before] }));
  `);
  assert.deepEqual([whole, without, damaged], ["atlas", "atlas", "corrupt"]);
  assert.deepEqual(hung, ["timeout", "atlas"]);
  assert.deepEqual(digests, [2, 1], "one of each reader that found something new");
});

test("a fetch that does not heed the signal is left behind, and its body is cancelled", async () => {
  const { name, cancelled } = await run("heedless", `
    const atlas = createAtlas({ client: null, log() {}, budgetMs: 20 });
    let answer, cancelled = false;
    const body = new ReadableStream({ cancel() { cancelled = true; } });
    const error = await atlas.resolve({}, () => new Promise((resolve) => (answer = resolve))).catch((error) => error);
    answer(new Response(body));
    await new Promise((done) => setImmediate(done));
    console.log(JSON.stringify({ name: error.name, cancelled }));
  `);
  assert.deepEqual([name, cancelled], ["TimeoutError", true]);
});

test("a request whose members cannot be read is a fallback, and costs nobody else anything", async () => {
  const { reason, next } = await run("throwing", `
    const atlas = createAtlas(patient);
    await atlas.lookup(FAQ);
    const odd = { get widgetType() { throw new Error("no"); }, get publicId() { throw new Error("no"); } };
    console.log(JSON.stringify({ reason: (await atlas.lookup(odd)).reason, next: atlas.peek(FAQ).source, reads }));
  `);
  assert.deepEqual([reason, next], ["record_missing", "atlas"]);
});
