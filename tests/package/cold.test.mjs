// A cold start: the first read goes out before the Wasm is compiled, and everything that holds for a warm reader holds for the
// lookups that wait for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installForAll } from "./installed.mjs";

/** Each script is a process of its own, in which nothing is compiled. `steps` holds what happened, in its order. */
const setting = `
  import { createHash } from "node:crypto";
  import { once } from "node:events";
  import { createServer } from "node:http";
  const steps = [];
  const { Module, Instance } = WebAssembly;
  let compiling = (bytes) => new Module(bytes);
  const isOfNode = () => new Error().stack.includes("node:internal/deps/undici");
  WebAssembly.Module = function (bytes) {
    if (isOfNode()) return new Module(bytes);
    steps.push("compile");
    return compiling(bytes);
  };
  WebAssembly.Instance = new Proxy(Instance, { construct(target, args) { steps.push("instance"); return new target(...args); } });
  const { createAtlas } = await import("@clickeen/atlas");
  const whole = JSON.parse(process.env.ITEMS);
  const pick = (items, keys) => structuredClone(Object.fromEntries(keys.map((key) => [key, items[key]])));
  const now = () => Number(process.env.NOW);
  const events = [];
  const client = { async getAll(keys) { steps.push("read"); return pick(whole, keys); } };
  const options = { client, now, log: (event) => events.push(event), timeoutMs: 5_000 };
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const said = (decision) => decision.version ?? decision.reason;
  const after = (ms) => new Promise((done) => setTimeout(done, ms));
  const unhandled = [];
  process.on("unhandledRejection", (error) => unhandled.push(String(error?.message ?? error)));
`;
const run = installForAll(setting);

test("the store is asked before anything is compiled, and each lookup asks for itself", async () => {
  const { steps, answers } = await run("first", `
    const atlas = createAtlas(options);
    const answers = (await Promise.all([1, 2, 3].map(() => atlas.lookup(FAQ)))).map(said);
    console.log(JSON.stringify({ steps, answers }));
  `);
  assert.deepEqual(answers, [1, 1, 1]);
  assert.deepEqual(steps, ["read", "read", "read", "compile", "instance"]);
});

test("a machine that is slow to compile costs no lookup its time-out", async () => {
  const told = await run("slow-machine", `
    compiling = (bytes) => { for (const until = performance.now() + 300; performance.now() < until; ); return new Module(bytes); };
    const server = createServer((_, response) => response.end(JSON.stringify(whole))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const asks = { getAll: async (keys) => pick(await (await fetch("http://127.0.0.1:" + server.address().port)).json(), keys) };
    const answered = said(await createAtlas({ ...options, client: asks, timeoutMs: 100 }).lookup(FAQ));
    server.close();
    console.log(JSON.stringify({ answered, unhandled }));
  `);
  assert.deepEqual(told, { answered: 1, unhandled: [] });
});

test("a store that hangs is given up in time, and what it brings late serves the next lookup", async () => {
  const told = await run("hang", `
    let give;
    const hung = { getAll: (keys) => new Promise((resolve) => (give = () => resolve(pick(whole, keys)))) };
    const atlas = createAtlas({ ...options, client: hung, timeoutMs: 200 });
    const kept = [];
    const began = performance.now();
    const first = said(await atlas.lookup(FAQ, { waitUntil: (work) => kept.push(work) }));
    const inTime = performance.now() - began < 2_000;
    give();
    await Promise.all(kept);
    console.log(JSON.stringify({ first, inTime, kept: kept.length, then: said(atlas.peek(FAQ)), reasons: events.map(({ reason }) => reason) }));
  `);
  assert.deepEqual(told, { first: "timeout", inTime: true, kept: 1, then: 1, reasons: ["timeout"] });
});

test("a cold read that began first and comes last is slow, and no rollback", async () => {
  const told = await run("order", `
    const seal = (manifest, changes) => {
      const { checksum: _, ...rest } = { ...manifest, ...changes };
      const names = (value) => typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, names(value[name])])) : value;
      return { checksum: "sha256:" + createHash("sha256").update(JSON.stringify(names(rest))).digest("hex"), ...rest };
    };
    const newer = { ...whole, atlas_v1_manifest: seal(whole.atlas_v1_manifest, { version: 2 }) };
    const waiting = [];
    const held = { getAll: (keys) => new Promise((resolve) => waiting.push((items) => resolve(pick(items, keys)))) };
    const atlas = createAtlas({ ...options, client: held, refreshMs: 0 });
    const [slow, quick] = [atlas.lookup(FAQ), atlas.lookup(FAQ)];
    waiting[1](newer);
    const first = said(await quick);
    waiting[0](whole);
    console.log(JSON.stringify({ first, then: said(await slow), events }));
  `);
  assert.deepEqual(told, { first: 2, then: 2, events: [] });
});

test("a client that throws, rejects or gives nonsense has the reasons that it has when warm", async () => {
  const told = await run("bad", `
    const clients = [() => { throw new Error("at once"); }, async () => { throw new Error("later"); }, () => undefined, () => 7, () => ({})];
    const answers = [];
    for (const getAll of clients) answers.push(said(await createAtlas({ ...options, client: { getAll } }).lookup(FAQ)));
    console.log(JSON.stringify({ answers, unhandled }));
  `);
  assert.deepEqual(told, { answers: ["unavailable", "unavailable", "key_missing", "key_missing", "key_missing"], unhandled: [] });
});

test("where no Wasm can be compiled a cold lookup is an internal error, and the next one reads nothing", async () => {
  const told = await run("forbidden", `
    compiling = () => { throw new WebAssembly.CompileError("forbidden"); };
    const atlas = createAtlas(options);
    atlas.warm();
    const answers = [said(await atlas.lookup(FAQ)), said(await atlas.lookup(FAQ))];
    console.log(JSON.stringify({ answers, reads: steps.filter((step) => step === "read").length, unhandled }));
  `);
  assert.deepEqual(told, { answers: ["internal_error", "internal_error"], reads: 0, unhandled: [] });
});

test("warm compiles and makes the instance, once, and reads nothing; it sets no timer, which a Worker may not do at its start", async () => {
  const told = await run("warm", `
    const atlas = createAtlas(options);
    const { setTimeout } = globalThis;
    globalThis.setTimeout = () => steps.push("timer");
    for (const one of [atlas, atlas, createAtlas({})]) one.warm();
    await new Promise((done) => setImmediate(done));
    globalThis.setTimeout = setTimeout;
    const warmed = [...steps];
    const answer = said(await atlas.lookup(FAQ));
    console.log(JSON.stringify({ warmed, answer, steps }));
  `);
  assert.deepEqual(told, { warmed: ["compile", "instance"], answer: 1, steps: ["compile", "instance", "read"] });
});

test("the small snapshot that a cold start practises on is a good one", async () => {
  const { source, hints, warnings } = await run("practice", `
    const practice = await import("./node_modules/@clickeen/atlas/lib/practice.js");
    console.log(JSON.stringify(await createAtlas(practice.options).lookup(practice.request)));
  `);
  const limits = { l: { enforcement: null, grace: null, limit: 0 } };
  assert.deepEqual({ source, hints, warnings }, { source: "atlas", hints: { branding: { enforced: true }, features: { f: true }, limits }, warnings: [] });
});

test("a crowd of cold lookups is no outage: what the store has answered is used, whatever the first of them got", async () => {
  const told = await run("crowd", `
    const answers = (give) => { let asked = 0; return { getAll: (keys) => give((asked += 1), keys) }; };
    const some = answers(async (asked, keys) => {
      await after(asked <= 3 ? 2 : 8);
      if (asked <= 3) throw new Error("down");
      return pick(whole, keys);
    });
    const atlas = createAtlas({ ...options, client: some });
    const failed = (await Promise.all(Array.from({ length: 10 }, () => atlas.lookup(FAQ)))).map(said);
    const slow = answers(async (asked, keys) => { await after(60); return pick(whole, keys); });
    const kept = [];
    const patient = createAtlas({ ...options, client: slow, timeoutMs: 20 });
    const late = (await Promise.all(Array.from({ length: 6 }, () => patient.lookup(FAQ, { waitUntil: (work) => kept.push(work) })))).map(said);
    await Promise.all(kept);
    console.log(JSON.stringify({ failed, later: said(atlas.peek(FAQ)), late, kept: kept.length, then: said(patient.peek(FAQ)) }));
  `);
  assert.deepEqual(told.failed, [...Array(3).fill("unavailable"), ...Array(7).fill(1)]);
  assert.equal(told.later, 1);
  // The second reader's lookups find the instance made: no more than three of them wait.
  assert.deepEqual([told.then, told.kept], [1, told.late.filter((reason) => reason === "timeout").length]);
});

test("lookups that wait for the first instance each have their own time-out", async () => {
  const told = await run("crowd-late", `
    const slow = { getAll: async (keys) => { await after(120); return pick(whole, keys); } };
    const kept = [];
    const atlas = createAtlas({ ...options, client: slow, timeoutMs: 40 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => atlas.lookup(FAQ, { waitUntil: (work) => kept.push(work) })));
    await Promise.all(kept);
    console.log(JSON.stringify({ answers: answers.map(said), kept: kept.length, then: said(atlas.peek(FAQ)) }));
  `);
  assert.deepEqual(told, { answers: Array(6).fill("timeout"), kept: 6, then: 1 });
});

test("a cold peek has no memory to answer from, and makes nothing", async () => {
  const told = await run("peek", `
    const atlas = createAtlas(options);
    const peeked = atlas.peek(FAQ) ?? null;
    const before = steps.length;
    console.log(JSON.stringify({ peeked, before, then: said(await atlas.lookup(FAQ)), steps, peek: said(atlas.peek(FAQ)) }));
  `);
  assert.deepEqual(told, { peeked: null, before: 0, then: 1, steps: ["read", "compile", "instance"], peek: 1 });
});
