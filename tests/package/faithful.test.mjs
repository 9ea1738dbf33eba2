// What a reader owes to every caller, whatever another caller, the client, a clock, a log or a runtime does: one order of
// snapshots, values that nobody can change, and an answer. The schedules between these are played in tests/interleavings.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installForAll } from "./installed.mjs";

/** A store whose answers the script gives, and versions of one snapshot. */
const setting = `
  import { createHash } from "node:crypto";
  import { createAtlas } from "@clickeen/atlas";
  const whole = JSON.parse(process.env.ITEMS);
  const jcs = (value) => Array.isArray(value) ? "[" + value.map(jcs) + "]" : typeof value === "object" && value !== null
    ? "{" + Object.keys(value).sort().map((name) => JSON.stringify(name) + ":" + jcs(value[name])) + "}" : JSON.stringify(value);
  const seal = (manifest, changes) => {
    const { checksum: _, ...rest } = { ...manifest, ...changes };
    return { checksum: "sha256:" + createHash("sha256").update(jcs(rest)).digest("hex"), ...rest };
  };
  const version = (number, changes) => ({ ...whole, atlas_v1_manifest: seal(whole.atlas_v1_manifest, { version: number, ...changes }) });
  const later = (ms) => new Date(Date.parse(whole.atlas_v1_manifest.checkedAt) + ms).toISOString();
  let store = whole;
  let ahead = 0;
  const reads = [];
  const answer = (keys) => structuredClone(Object.fromEntries(keys.map((key) => [key, store[key]])));
  const client = { async getAll(keys) { reads.push(keys.length); return answer(keys); } };
  const now = () => Number(process.env.NOW) + ahead;
  const events = [];
  const patient = { client, now, log: (event) => events.push(event), timeoutMs: 5000 };
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const said = (decision) => decision.version ?? decision.reason;
  const unhandled = [];
  process.on("unhandledRejection", (error) => unhandled.push(String(error?.message ?? error)));
  const turn = () => new Promise((done) => setImmediate(done));
  // A cold start is played in cold.test.mjs.
  createAtlas({}).warm();
`;
const run = installForAll(setting);

test("callers are answered in the order in which their lookups were decided", async () => {
  const { order, last } = await run("order", `
    const waiting = [];
    const held = { getAll: (keys) => new Promise((give) => waiting.push(() => give(answer(keys)))) };
    const atlas = createAtlas({ ...patient, client: held });
    const order = [];
    const ask = (how) => how.then((decision) => order.push(said(decision)));
    const paris = () => "paris";
    ask(atlas.resolve(FAQ, paris));
    ask(atlas.lookup(FAQ));
    ask(atlas.lookup(FAQ));
    waiting[0]();
    store = version(2);
    waiting[1]();
    store = version(1);
    waiting[2]();
    await turn();
    // What was kept of version 1 is gone, and the store, back at version 1, is a rollback.
    order.push(said(atlas.peek(FAQ)));
    ahead = 20_000;
    ask(atlas.lookup(FAQ));
    await turn();
    waiting.at(-1)();
    await turn();
    console.log(JSON.stringify({ order, last: order.at(-1) }));
  `);
  const versions = order.filter((told) => typeof told === "number");
  assert.deepEqual(versions, [...versions].sort((a, b) => a - b), `${order}`);
  assert.equal(last, "rollback");
});

test("a last resort reaches its caller in the order in which it was decided too", async () => {
  const orders = await run("resort-order", `
    const orders = [];
    const ticks = async (count) => { for (let tick = 0; tick < count; tick += 1) await null; };
    // Paris fails, and the read brings version 2, so many microtasks before or after it.
    for (let later = -10; later <= 10; later += 1) {
      let waiting;
      const held = { getAll: (keys) => new Promise((give, fail) => (waiting = { give: () => give(answer(keys)), fail })) };
      const atlas = createAtlas({ ...patient, client: held, snapshot: version(1), lastResortMaxAgeMs: 86_400_000 });
      store = version(2);
      const order = [];
      const ask = (how) => how.then((decision) => order.push(decision.version));
      let failParis;
      ask(atlas.resolve(FAQ, () => new Promise((_, fail) => (failParis = fail))));
      await turn();
      waiting.fail(new Error("down"));
      await turn();
      ask(atlas.lookup(FAQ));
      await ticks(10);
      const [first, second] = later < 0 ? [() => waiting.give(), failParis] : [failParis, () => waiting.give()];
      first(new Error("Paris is down"));
      await ticks(Math.abs(later));
      second(new Error("Paris is down"));
      await turn();
      orders.push(order);
    }
    console.log(JSON.stringify(orders));
  `);
  const told = orders.map((order) => order.join());
  assert.deepEqual(told.filter((order) => !["1,2", "2,2"].includes(order)), [], told.join(" "));
  assert.ok(told.includes("1,2") && told.includes("2,2"), told.join(" "));
});

test("the floor is what was served, and outlives a trap, as the counters do", async () => {
  const { unserved, afterTrap, stats, health } = await run("floor", `
    const atlas = createAtlas(patient);
    store = version(9, { checkedAt: later(36_000_000) });
    const unserved = [said(await atlas.lookup(FAQ))];
    store = version(3);
    ahead = 10_000;
    unserved.push(said(await atlas.lookup(FAQ)));
    // An error that is thrown through the Wasm leaves its frames as a trap does.
    ahead = 20_000;
    const deep = () => { throw new WebAssembly.RuntimeError("unreachable"); };
    store = version(4);
    const bad = { getAll: async (keys) => ({ ...answer(keys), atlas_v1_manifest: new Proxy({}, { get: deep, ownKeys: deep, getOwnPropertyDescriptor: deep }) }) };
    const spared = said(await createAtlas({ ...patient, client: bad }).lookup(FAQ));
    const parse = TextEncoder.prototype.encode;
    TextEncoder.prototype.encode = () => { TextEncoder.prototype.encode = parse; throw new WebAssembly.RuntimeError("unreachable"); };
    const trapped = said(await atlas.lookup(FAQ));
    store = version(2);
    const afterTrap = [spared, trapped, said(await atlas.lookup(FAQ))];
    store = version(3);
    afterTrap.push(said(await atlas.lookup(FAQ)));
    console.log(JSON.stringify({ unserved, afterTrap, health: atlas.health().lookups, stats: atlas.takeStats() }));
  `);
  assert.deepEqual(unserved, ["clock_skew", 3]);
  assert.deepEqual(afterTrap, ["corrupt", "internal_error", "rollback", 3]);
  assert.deepEqual(stats, { lookups: 5, hits: 2, fallbacks: { clock_skew: 1, rollback: 1, internal_error: 1 } });
  assert.equal(health, 5);
});

test("a read that is under way across a trap keeps its place: what follows is read once, and then from memory", async () => {
  const { told, count } = await run("across", `
    const waiting = [];
    const held = { getAll: (keys) => { reads.push(1); return new Promise((give) => waiting.push(() => give(answer(keys)))); } };
    const atlas = createAtlas({ ...patient, client: held });
    const told = [];
    const ask = () => atlas.lookup(FAQ).then((decision) => told.push(said(decision)));
    for (let round = 0; round < 100; round += 1) {
      ask();
      waiting.shift()();
      await turn();
      ahead += 10_000;
    }
    told.length = reads.length = 0;
    ask();
    const encode = TextEncoder.prototype.encode;
    TextEncoder.prototype.encode = function (text) {
      if (text.length < 200) return encode.call(this, text);
      TextEncoder.prototype.encode = encode;
      throw new WebAssembly.RuntimeError("unreachable");
    };
    store = version(2);
    ask();
    waiting.pop()();
    await turn();
    while (waiting.length > 0) { waiting.shift()(); await turn(); }
    for (let round = 0; round < 100; round += 1) {
      ask();
      while (waiting.length > 0) waiting.shift()();
      await turn();
    }
    console.log(JSON.stringify({ told: [...new Set(told)], count: reads.length }));
  `);
  assert.deepEqual(told, ["internal_error", 2]);
  assert.equal(count, 3, "two under way, and the entries for the reader that is new");
});

test("what one caller is served no caller can change", async () => {
  const { thrown, second } = await run("frozen", `
    const atlas = createAtlas(patient);
    const { template, schema, hints, warnings } = await atlas.lookup(FAQ);
    const free = await atlas.lookup({ ...FAQ, plan: null });
    const thrown = [
      () => { hints.features.everything = true; }, () => { hints.branding.enforced = true; }, () => { template.defaults.x = 1; },
      () => { template.accents.push("x"); }, () => { schema.properties = {}; }, () => { delete template.name; },
      () => { free.hints.features.everything = true; }, () => { free.hints.limits.x = {}; },
    ].map((change) => { try { change(); return "changed"; } catch { return "refused"; } });
    warnings.push("mine");
    const second = await atlas.lookup(FAQ);
    const other = await createAtlas({ ...patient }).lookup(FAQ);
    console.log(JSON.stringify({ thrown, second: JSON.stringify(second) === JSON.stringify(other) }));
  `);
  assert.deepEqual([...new Set(thrown)], ["refused"]);
  assert.equal(second, true);
});

test("whatever a clock, a log, a client or a runtime does, lookup and peek answer, and nothing is left unhandled", async () => {
  const { answers, peeks, unhandled } = await run("hostile", `
    const bad = new Proxy({}, { get() { throw new Error("hostile"); }, has() { throw new Error("hostile"); } });
    const twice = { then(done) { done({}); done(whole); } };
    const variants = {
      "a clock that throws": { now() { throw new Error("no time"); } },
      "a clock that is no number": { now: () => "noon" },
      "a clock without end": { now: () => Infinity },
      "a clock that rejects": { async now() { throw new Error("no time"); } },
      "a snapshot that rejects": { async snapshot() { throw new Error("no file"); } },
      "a log that throws": { log() { throw new Error("full"); }, client: { async getAll() { throw new Error("down"); } } },
      "a log that rejects": { async log() { throw new Error("full"); }, client: { async getAll() { throw new Error("down"); } } },
      "a client that throws": { client: { getAll() { throw new Error("down"); } } },
      "a client that throws nothing": { client: { getAll() { throw undefined; } } },
      "a client that throws what cannot be shown": { client: { getAll() { throw Object.create(null); } } },
      "a client that rejects with a proxy": { client: { getAll: () => Promise.reject(bad) } },
      "a client that answers at once": { client: { getAll: () => answer(Object.keys(whole)) } },
      "a client that answers twice": { client: { getAll: () => twice } },
      "a client that gives a proxy": { client: { getAll: async () => new Proxy({}, { getOwnPropertyDescriptor() { throw new Error("hostile"); } }) } },
      "values that throw when written": { client: { getAll: async (keys) => Object.fromEntries(keys.map((key) => [key, { toJSON() { throw new Error("hostile"); } }])) } },
      "values that call Atlas when written": { client: { getAll: async (keys) => Object.fromEntries(keys.map((key) => [key, { toJSON() { return atlas.peek(FAQ); } }])) } },
      "a key that throws": { client: { getAll: async () => Object.defineProperty({}, "atlas_v1_manifest", { enumerable: true, get() { throw new Error("hostile"); } }) } },
    };
    let atlas;
    const answers = {};
    const peeks = [];
    for (const [name, options] of Object.entries(variants)) {
      atlas = createAtlas({ ...patient, log: () => {}, ...options });
      for (const request of [FAQ, undefined, null, 7, bad, { ...FAQ, plan: bad }, { ...FAQ, widgetType: Symbol("x") }]) {
        const decision = await atlas.lookup(request, bad);
        peeks.push(typeof atlas.peek(request));
        answers[name] ??= said(decision);
      }
    }
    await turn();
    console.log(JSON.stringify({ answers, peeks: [...new Set(peeks)].sort(), unhandled }));
  `);
  assert.deepEqual(unhandled, []);
  assert.deepEqual(peeks, ["object", "undefined"]);
  assert.ok(Object.values(answers).every((told) => told !== undefined), JSON.stringify(answers));
  assert.equal(answers["a client that answers at once"], 1);
  assert.equal(answers["a client that throws what cannot be shown"], "unavailable");
  assert.equal(answers["values that call Atlas when written"], "corrupt");
});

test("a clock that looks something up is answered, for the health block too", async () => {
  const { version, reasons } = await run("asking", `
    let isInside = true;
    const reasons = [];
    const clock = () => {
      if (!isInside) {
        isInside = true;
        reasons.push(atlas.peek({ ...FAQ, templateId: "none" }).reason);
        isInside = false;
      }
      return now();
    };
    const atlas = createAtlas({ ...patient, log: () => {}, now: clock });
    await atlas.lookup(FAQ);
    isInside = false;
    atlas.peek(FAQ);
    console.log(JSON.stringify({ version: atlas.health().version, reasons }));
  `);
  assert.equal(version, 1);
  assert.ok(reasons.length >= 2, `${reasons}`);
  assert.deepEqual([...new Set(reasons)], ["record_missing"]);
});

test("a clock that jumps ends no request early or late", async () => {
  const { told, waited } = await run("jump", `
    const waiting = [];
    const held = { getAll: (keys) => new Promise((give) => waiting.push(() => give(answer(keys)))) };
    const told = [];
    const waited = [];
    for (const jump of [3_600_000, -3_600_000]) {
      ahead = 0;
      const atlas = createAtlas({ ...patient, client: held, timeoutMs: 60 });
      const slow = atlas.lookup(FAQ);
      ahead = jump;
      waiting.shift()();
      told.push(said(await slow));
      ahead = 0;
      const began = performance.now();
      const hung = createAtlas({ ...patient, client: held, timeoutMs: 60 }).resolve(FAQ, (request, { remainingMs }) => remainingMs);
      ahead = jump;
      const { value } = await hung;
      told.push(value > 4_000 && value <= 4_940);
      waited.push(performance.now() - began >= 59);
      waiting.length = 0;
    }
    console.log(JSON.stringify({ told, waited }));
  `);
  assert.deepEqual(told, [1, true, 1, true]);
  assert.deepEqual(waited, [true, true]);
});

test("a client that changes an object that it gave changes nothing that was verified", async () => {
  const told = await run("changed", `
    const mine = structuredClone(whole);
    const own = { getAll: async (keys) => Object.fromEntries(keys.map((key) => [key, mine[key]])) };
    let current = own;
    const atlas = createAtlas({ ...patient, client: { getAll: (keys) => current.getAll(keys) } });
    const told = [said(await atlas.lookup(FAQ))];
    Object.assign(mine.atlas_v1_manifest, version(2).atlas_v1_manifest);
    store = version(2);
    current = client;
    ahead = 10_000;
    told.push(said(await atlas.lookup(FAQ)));
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [1, 2]);
});

test("a lookup that has to read twice has one deadline for both", async () => {
  const told = await run("twice", `
    const slow = { getAll: async (keys) => { const brought = answer(keys); await new Promise((done) => setTimeout(done, 300)); return brought; } };
    const atlas = createAtlas({ ...patient, client: slow, timeoutMs: 500 });
    const told = [said(await atlas.lookup(FAQ))];
    const planHints = seal(whole.atlas_v1_planHints, { version: 2 });
    const { entries } = whole.atlas_v1_manifest;
    const named = { ...entries["atlas:v1:planHints"], checksum: planHints.checksum, version: 2 };
    store = { ...version(2, { entries: { ...entries, "atlas:v1:planHints": named } }), atlas_v1_planHints: planHints };
    ahead = 10_000;
    told.push(said(await atlas.lookup(FAQ)), reads.length);
    for (let looks = 0; looks < 200 && atlas.peek(FAQ)?.version !== 2; looks += 1) await new Promise((done) => setTimeout(done, 25));
    told.push(said(atlas.peek(FAQ)));
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [1, "timeout", 0, 2]);
});

test("a waitUntil that throws is logged once, and lookups wait for the store instead", async () => {
  const { told, lines, unhandled } = await run("keepalive", `
    const atlas = createAtlas({ ...patient, revalidate: "background" });
    const event = { waited: [], waitUntil(work) { this.waited.push(work); } };
    const told = [said(await atlas.lookup(FAQ, event))];
    store = version(2, { checkedAt: later(0) });
    ahead = 10_000;
    const { waitUntil } = event;
    told.push(said(await atlas.lookup(FAQ, { waitUntil: (work) => waitUntil(work) })));
    store = version(3);
    ahead = 20_000;
    told.push(said(await atlas.lookup(FAQ, { waitUntil: (work) => waitUntil(work) })));
    const rejecting = createAtlas({ ...patient, revalidate: "background" });
    await rejecting.lookup(FAQ);
    ahead = 40_000;
    await rejecting.lookup(FAQ, { waitUntil: async () => { throw new Error("closed"); } });
    await turn();
    console.log(JSON.stringify({ told, lines: events.map(({ event }) => event), unhandled }));
  `);
  assert.deepEqual(told, [1, 2, 3]);
  assert.deepEqual([lines, unhandled], [["atlas_wait_until_failed"], []]);
});

test("a slow refresh behind the answers is no failure, and what it brings late is served", async () => {
  const { told, lines } = await run("slow", `
    const waiting = [];
    const held = { getAll: (keys) => new Promise((give) => waiting.push(() => give(answer(keys)))) };
    const atlas = createAtlas({ ...patient, client: held, revalidate: "background", timeoutMs: 1000, budgetMs: 30 });
    const first = atlas.lookup(FAQ);
    waiting.shift()();
    const told = [said(await first)];
    const works = [];
    for (ahead of [10_000, 12_000, 14_000, 16_000]) told.push(said(await atlas.lookup(FAQ, { waitUntil: (work) => works.push(work) })));
    await Promise.all(works);
    store = version(2);
    while (waiting.length > 0) { waiting.shift()(); await turn(); }
    told.push(said(await atlas.lookup(FAQ, { waitUntil: () => {} })));
    console.log(JSON.stringify({ told, lines: events.map(({ event }) => event) }));
  `);
  assert.deepEqual(told, [1, 1, 1, 1, 1, 2]);
  assert.deepEqual(lines, []);
});

test("the late read of a lookup that waited is handed to waitUntil", async () => {
  const { told, settled } = await run("late", `
    const waiting = [];
    const held = { getAll: (keys) => new Promise((give) => waiting.push(() => give(answer(keys)))) };
    const atlas = createAtlas({ ...patient, client: held, timeoutMs: 20 });
    const works = [];
    const told = [said(await atlas.lookup(FAQ, { waitUntil: (work) => works.push(work) }))];
    let settled = 0;
    works[0].then(() => (settled += 1));
    await turn();
    const before = settled;
    waiting.shift()();
    await works[0];
    told.push(said(atlas.peek(FAQ)));
    console.log(JSON.stringify({ told, settled: [works.length, before, settled] }));
  `);
  assert.deepEqual(told, ["timeout", 1]);
  assert.deepEqual(settled, [1, 0, 1]);
});

test("values of another realm and without a prototype give the same decisions", async () => {
  const told = await run("realms", `
    const { runInNewContext } = await import("node:vm");
    const strip = (value) => (typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.assign(Object.create(null), Object.fromEntries(Object.entries(value).map(([name, member]) => [name, strip(member)]))) : value);
    const foreign = { getAll: async () => runInNewContext("JSON.parse(text)", { text: JSON.stringify(whole) }) };
    const bare = { getAll: async () => strip(structuredClone(whole)) };
    const told = [];
    for (const client of [foreign, bare]) told.push(said(await createAtlas({ ...patient, client }).lookup(FAQ)));
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [1, 1]);
});

test("a name that is too long for a record names none, whatever records there are", async () => {
  const told = await run("long", `
    const atlas = createAtlas(patient);
    const long = "x".repeat(5_000_000);
    const told = [];
    for (const change of [{ widgetType: long }, { templateId: long }, { schemaVersion: long }]) told.push(said(await atlas.lookup({ ...FAQ, ...change })));
    told.push((await atlas.lookup({ ...FAQ, plan: long })).warnings[0].code);
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, ["record_missing", "record_missing", "schema_version_mismatch", "plan_missing"]);
});

test("half of a surrogate pair names none, whatever record is named with the character that stands for it", async () => {
  const told = await run("surrogate", `
    const reseal = (entry, payload) => seal({ ...entry, payload }, {});
    const { atlas_v1_planHints: plans, atlas_v1_manifest: manifest } = whole;
    const planHints = reseal(plans, { ...plans.payload, "\\ufffd": plans.payload.paid });
    const summary = { bytes: new TextEncoder().encode(jcs(planHints)).length, checksum: planHints.checksum, records: Object.keys(planHints.payload).length, version: planHints.version };
    store = { ...whole, atlas_v1_planHints: planHints, atlas_v1_manifest: seal(manifest, { entries: { ...manifest.entries, "atlas:v1:planHints": summary } }) };
    const atlas = createAtlas(patient);
    const told = [];
    for (const plan of ["\\ufffd", "\\ud83d", "\\ude00", "\\ud83d\\ude00"]) {
      const decision = await atlas.lookup({ ...FAQ, plan });
      told.push(decision.warnings?.[0]?.code ?? said(decision));
    }
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [1, "plan_missing", "plan_missing", "plan_missing"]);
});

test("a store that no lookup waits for still brings a warm reader its new versions", async () => {
  const { first, answers, kept } = await run("slow", `
    let ms = 0;
    const slow = { async getAll(keys) { const given = answer(keys); await new Promise((done) => setTimeout(done, ms)); return given; } };
    const atlas = createAtlas({ ...patient, client: slow, timeoutMs: 20 });
    const first = said(await createAtlas(patient).lookup(FAQ)) && said(await atlas.lookup(FAQ));
    ms = 60;
    const entry = whole.atlas_v1_widgetTemplates;
    const changed = seal(entry, { version: 2 });
    const named = { ...whole.atlas_v1_manifest.entries["atlas:v1:widgetTemplates"], checksum: changed.checksum, version: 2 };
    const entries = { ...whole.atlas_v1_manifest.entries, "atlas:v1:widgetTemplates": named };
    store = { ...version(2, { entries }), atlas_v1_widgetTemplates: changed };
    const answers = [];
    const kept = [];
    for (let i = 0; i < 2; i += 1) {
      ahead += 10_000;
      answers.push(said(await atlas.lookup(FAQ, { waitUntil: (work) => kept.push(work) })));
      await Promise.all(kept);
      answers.push(said(atlas.peek(FAQ)));
    }
    console.log(JSON.stringify({ first, answers, kept: kept.length }));
  `);
  assert.equal(first, 1);
  assert.deepEqual(answers, ["timeout", 2, "timeout", 2]);
  assert.equal(kept, 2);
});

test("a step is made at one moment, so a clock that jumps within it keeps no hit for longer", async () => {
  const { reads } = await run("jump", `
    const found = [];
    for (let call = 1; call < 12; call += 1) {
      let calls = 0;
      let back = 0;
      const jumps = () => { calls += 1; if (calls === call) back = 3_600_000; return Number(process.env.NOW) + ahead - back; };
      ahead = 0;
      const atlas = createAtlas({ ...patient, now: jumps });
      await atlas.lookup(FAQ);
      const before = reads.length;
      for (let minute = 1; minute < 30; minute += 1) {
        ahead = minute * 60_000;
        await atlas.lookup(FAQ);
      }
      found.push(reads.length - before);
    }
    // A hit that is due is served, and what it was to be refreshed with never comes.
    let hangs;
    const cut = { getAll: (keys) => { reads.push(keys.length); return hangs ? new Promise(() => {}) : answer(keys); } };
    for (let call = 1; call < 8; call += 1) {
      [hangs, ahead] = [false, 0];
      let calls = -Infinity;
      let back = 0;
      const jumps = () => { calls += 1; if (calls === call) back = 3_600_000; return Number(process.env.NOW) + ahead - back; };
      const atlas = createAtlas({ ...patient, client: cut, now: jumps, revalidate: "background" });
      await atlas.lookup(FAQ);
      [hangs, ahead, calls] = [true, 10_000, 0];
      const before = reads.length;
      for (let minute = 1; minute < 30; minute += 1) {
        await atlas.lookup(FAQ, { waitUntil() {} });
        ahead += 60_000;
      }
      found.push(reads.length - before);
    }
    console.log(JSON.stringify({ reads: found }));
    process.exit(0);
  `);
  assert.equal(reads.length, 11 + 7);
  assert.ok(reads.every((count) => count >= 28), `${reads}`);
});

test("onDecision is told before the caller goes on, and before Paris is asked", async () => {
  const { order } = await run("told-first", `
    const order = [];
    const atlas = createAtlas({ ...patient, client: { getAll: async () => ({}) }, onDecision: () => order.push("onDecision") });
    await atlas.resolve(FAQ, () => order.push("fetchParis"));
    console.log(JSON.stringify({ order }));
  `);
  assert.deepEqual(order, ["onDecision", "fetchParis"]);
});

test("nothing is left running once a late read has come", async () => {
  const { timers } = await run("timers", `
    const atlas = createAtlas({ ...patient, timeoutMs: 20, client: { getAll: async (keys) => { await new Promise((done) => setTimeout(done, 60)); return answer(keys); } } });
    const kept = [];
    await atlas.lookup(FAQ, { waitUntil: (work) => kept.push(work) });
    await Promise.all(kept);
    console.log(JSON.stringify({ timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length }));
  `);
  assert.equal(timers, 0);
});

test("nothing is left running where the runtime will not wait for the read of a store that hangs", async () => {
  const { reason, timers } = await run("timers-refused", `
    const atlas = createAtlas({ ...patient, timeoutMs: 20, client: { getAll: () => new Promise(() => {}) } });
    const { reason } = await atlas.lookup(FAQ, { waitUntil() { throw new Error("the context is over"); } });
    console.log(JSON.stringify({ reason, timers: process.getActiveResourcesInfo().filter((name) => name === "Timeout").length }));
  `);
  assert.deepEqual([reason, timers], ["timeout", 0]);
});

test("a time-out is never longer than the budget of the request", async () => {
  const { remaining } = await run("budget", `
    const atlas = createAtlas({ ...patient, timeoutMs: 5_000, budgetMs: 30, client: { getAll: () => new Promise(() => {}) } });
    const began = performance.now();
    const { reason } = await atlas.lookup(FAQ);
    console.log(JSON.stringify({ remaining: [reason, performance.now() - began < 3_000] }));
    process.exit(0);
  `);
  assert.deepEqual(remaining, ["timeout", true]);
});

test("where the platform sets no timer a lookup is an internal error at once, and the next one is served", async () => {
  const { refused, then, unhandled } = await run("no-timer", `
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = () => { throw new Error("Disallowed operation called within global scope"); };
    const atlas = createAtlas(patient);
    const refused = said(await atlas.lookup(FAQ));
    globalThis.setTimeout = real;
    const then = said(await atlas.lookup(FAQ));
    for (let i = 0; i < 20; i += 1) await turn();
    console.log(JSON.stringify({ refused, then, unhandled }));
  `);
  assert.deepEqual({ refused, then, unhandled }, { refused: "internal_error", then: 1, unhandled: [] });
});

test("where the platform sets no timer resolve rejects with what it said, with a last resort too", async () => {
  const { settled, unhandled } = await run("no-timer-resolve", `
    globalThis.setTimeout = () => { throw new Error("Disallowed operation called within global scope"); };
    const settled = ["pending", "pending"];
    [0, 1_000].forEach((lastResortMaxAgeMs, place) => {
      const atlas = createAtlas({ ...patient, client: null, lastResortMaxAgeMs });
      atlas.resolve(FAQ, () => "Paris").catch(({ message }) => (settled[place] = message));
    });
    for (let i = 0; i < 20; i += 1) await turn();
    console.log(JSON.stringify({ settled, unhandled }));
  `);
  const said = "Disallowed operation called within global scope";
  assert.deepEqual({ settled, unhandled }, { settled: [said, said], unhandled: [] });
});

test("no token of a connection string is logged, however a client quotes it", async () => {
  const { logged } = await run("token", `
    const messages = ['Headers.append: "Bearer SEC\\nRET" is an invalid header value.', "GET https://edge-config.vercel.com/ecfg_1?version=1&token=SECRET failed", "token=SEC RET", "authorization: bearer SECRET", "GET https://proxy.example/?to=https%3A%2F%2Fedge-config.vercel.com%2Fecfg_1%3Ftoken%3DSECRET",
      // The SDK's own \`client.connection\`, as JSON and as Node shows it.
      '{"id":"ecfg_1","version":"1","token":"SECRET"}', "{ version: '1', token: 'SECRET' }"];
    const logged = [];
    for (const message of messages) {
      const client = { getAll: async () => { throw new Error(message); } };
      await createAtlas({ ...patient, client, log: ({ message }) => logged.push(message) }).lookup(FAQ);
    }
    console.log(JSON.stringify({ logged }));
  `);
  assert.equal(logged.length, 7);
  for (const message of logged) assert.match(message, /(Bearer |token=|bearer |token%3D|token":"|token: ')\*\*\*/);
  assert.doesNotMatch(logged.join(" "), /SEC|RET/);
});

test("no name of a request or of the store steers the terminal that shows the console", async () => {
  const lines = await run("steering", `
    const steering = "é😀\\u0000\\n\\u001b[31m\\u007f\\u009b31m\\u2028\\u2029\\u202e\\u2066\\u061c";
    const lines = [];
    console.warn = console.error = (line) => lines.push(line);
    for (const request of [{ widgetType: steering }, { templateId: steering }, { publicId: steering, requestId: steering, plan: steering }]) {
      await createAtlas({ ...patient, log: undefined }).lookup({ ...FAQ, ...request });
    }
    store = { ...whole, atlas_v1_manifest: steering };
    await createAtlas({ ...patient, log: undefined }).lookup(FAQ);
    console.log(JSON.stringify(lines));
  `);
  assert.equal(lines.length, 4);
  for (const line of lines) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
    assert.match(JSON.stringify(JSON.parse(line)), /é😀/);
  }
});

test("an identifier of any length is logged in part", async () => {
  const { lengths } = await run("identifiers", `
    const lengths = [];
    const log = ({ requestId, publicId }) => lengths.push(requestId.length, publicId.length);
    await createAtlas({ ...patient, client: { getAll: async () => ({}) }, log }).lookup({ ...FAQ, requestId: "r".repeat(1e6), publicId: "p".repeat(1e6) });
    console.log(JSON.stringify({ lengths }));
  `);
  assert.ok(lengths.length >= 2 && lengths.every((length) => length === 200), `${lengths}`);
});

test("an event and its reason are logged once in a window, though each lookup gets a new reader", async () => {
  const { lines } = await run("flood", `
    // A record that cannot be frozen: the reader that verified it is replaced.
    const bad = { async getAll(keys) {
      const given = answer(keys);
      for (const record of Object.values(given.atlas_v1_widgetTemplates?.payload ?? {})) Object.defineProperty(record, "toJSON", { value: function () { return { ...this }; } });
      return given;
    } };
    const atlas = createAtlas({ ...patient, client: bad });
    for (let i = 0; i < 20; i += 1) await atlas.lookup({ ...FAQ, plan: "unheard-of" });
    const counts = {};
    for (const { event, reason } of events) counts[event + " " + reason] = (counts[event + " " + reason] ?? 0) + 1;
    console.log(JSON.stringify({ lines: counts }));
  `);
  assert.ok(Object.keys(lines).length > 0);
  assert.deepEqual(Object.values(lines).filter((count) => count !== 1), [], JSON.stringify(lines));
});

test("the health block's status is that of the last hour", async () => {
  const { long, outage, idle } = await run("health", `
    const atlas = createAtlas(patient);
    const bad = { ...FAQ, widgetType: "content.none", templateId: undefined };
    const many = async (count, request) => { for (let i = 0; i < count; i += 1) await atlas.lookup(request); };
    const seen = () => { const { status, hitRate } = atlas.health(); return [status, Math.round(hitRate * 1000) / 1000]; };
    await many(1_000, FAQ);
    ahead += 5 * 3_600_000;
    await many(100, bad);
    const long = seen();
    for (let minute = 0; minute < 90; minute += 1) { ahead += 60_000; await many(1, FAQ); }
    const outage = seen();
    ahead += 3 * 3_600_000;
    const idle = seen();
    console.log(JSON.stringify({ long, outage, idle }));
  `);
  assert.deepEqual(long, ["degraded", 0.909]);
  assert.deepEqual(outage, ["ok", 0.916]);
  assert.deepEqual(idle, ["ok", 0.916]);
});

test("a clock that was set back does not hold back the hour of the health block", async () => {
  const { ahead, back, later } = await run("health-back", `
    const atlas = createAtlas({ ...patient, maxAgeMs: 604_800_000 });
    const bad = { ...FAQ, widgetType: "content.none", templateId: undefined };
    const many = async (count, request) => { for (let i = 0; i < count; i += 1) await atlas.lookup(request); };
    const status = () => atlas.health().status;
    ahead = 5 * 86_400_000;
    store = version(1, { checkedAt: later(ahead) });
    for (let minute = 0; minute < 30; minute += 1) { ahead += 60_000; await many(10, bad); }
    const before = status();
    ahead = 0;
    store = whole;
    await many(10, FAQ);
    const back = status();
    for (let minute = 0; minute < 90; minute += 1) { ahead += 60_000; await many(1, FAQ); }
    console.log(JSON.stringify({ ahead: before, back, later: status() }));
  `);
  assert.deepEqual([ahead, back, later], ["degraded", "ok", "ok"]);
});

test("a clock of fractions serves nothing beyond its age", async () => {
  const told = await run("fractions", `
    const told = [];
    for (const age of [1, 1.5, 2]) {
      const at = Date.parse(whole.atlas_v1_manifest.checkedAt) + age;
      const atlas = createAtlas({ ...patient, now: () => at, maxAgeMs: 1 });
      for (let i = 0; i < 2; i += 1) { const decision = await atlas.lookup(FAQ); told.push(decision.ageMs ?? said(decision)); }
    }
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, [1, 1, 1, 1, "expired", "expired"]);
});

test("what JSON.parse does not return is not served, though it is written as what was stored", async () => {
  const told = await run("no-json", `
    const told = {};
    const values = { "a map": new Map([["x", 1]]), "a class": new (class Thing { get x() { return Math.random(); } })(), "a prototype": Object.create({ x: 1 }), "nothing": {}, "no prototype": Object.create(null) };
    for (const [name, value] of Object.entries(values)) {
      const parts = structuredClone(whole);
      const { atlas_v1_widgetTemplates: templates, atlas_v1_manifest: manifest } = parts;
      templates.payload[FAQ.templateId].defaults = value;
      parts.atlas_v1_widgetTemplates = seal(templates, {});
      const summary = { ...manifest.entries["atlas:v1:widgetTemplates"], checksum: parts.atlas_v1_widgetTemplates.checksum, bytes: Buffer.byteLength(jcs(parts.atlas_v1_widgetTemplates)) };
      parts.atlas_v1_manifest = seal(manifest, { entries: { ...manifest.entries, "atlas:v1:widgetTemplates": summary } });
      told[name] = said(await createAtlas({ ...patient, client: { getAll: async () => parts } }).lookup(FAQ));
    }
    console.log(JSON.stringify(told));
  `);
  assert.deepEqual(told, { "a map": "internal_error", "a class": "internal_error", "a prototype": "internal_error", nothing: 1, "no prototype": 1 });
});
