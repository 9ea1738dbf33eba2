// Signatures, the least version, the embedded snapshot and the last resort, in the package as it is installed.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { seal } from "../../scripts/lib/format.mjs";
import { ROOT, install, runNode } from "./installed.mjs";

const FIXTURES = join(ROOT, "tests", "fixtures");

let installed;
let whole;
let run;
before(async () => {
  installed = await install();
  whole = JSON.parse(await readFile(join(FIXTURES, "snapshots", "whole.json"), "utf8"));
  const env = { ITEMS: JSON.stringify(whole.items), NOW: Date.parse(whole.now) };
  run = (name, body, more) => runNode(installed.project, `${name}.mjs`, `${setting}${body}`, { ...env, ...more });
});
after(() => installed?.remove());

/** A store in memory, which counts its reads and may be down, and a clock that the test moves. */
const setting = `
  import { createAtlas } from "@clickeen/atlas";
  const items = JSON.parse(process.env.ITEMS);
  let reads = 0;
  let failing = false;
  const client = { async getAll(keys) {
    reads += 1;
    if (failing) throw new Error("down");
    return structuredClone(Object.fromEntries(keys.map((key) => [key, items[key]])));
  } };
  let ahead = 0;
  const now = () => Number(process.env.NOW) + ahead;
  const events = [];
  const patient = { client, now, log: (event) => events.push(event), timeoutMs: 5000 };
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const works = [];
  const context = { waitUntil: (work) => works.push(work) };
  const show = (value) => console.log(JSON.stringify(value));
`;

test("every fixture of signatures gives the decision that it expects", async () => {
  const folder = join(FIXTURES, "signatures");
  const names = await readdir(folder);
  assert.ok(names.length > 20);
  const fixtures = Object.fromEntries(await Promise.all(names.map(async (name) => [name, JSON.parse(await readFile(join(folder, name), "utf8"))])));
  const found = await run("fixtures", `
    const fixtures = JSON.parse(process.env.FIXTURES);
    const found = {};
    for (const [name, { now, lookup, publicKeys, signaturesRequired, manifest }] of Object.entries(fixtures)) {
      const client = { getAll: async () => ({ ...items, atlas_v1_manifest: manifest }) };
      const options = publicKeys.length > 0 ? { publicKeys, signaturesRequired } : {};
      const atlas = createAtlas({ client, now: () => Date.parse(now), log: () => {}, ...options });
      const decision = await atlas.lookup(lookup);
      found[name] = decision.reason ?? "hit";
    }
    show(found);
  `, { FIXTURES: JSON.stringify(fixtures) });
  assert.deepEqual(found, Object.fromEntries(Object.entries(fixtures).map(([name, { expect }]) => [name, expect.decision])));
  assert.ok(new Set(Object.values(found)).size >= 2);
});

test("keys are taken in every spelling, and none whose signatures anybody can forge", async () => {
  const { spellings, refused } = JSON.parse(await readFile(join(FIXTURES, "keys.json"), "utf8"));
  const found = await run("keys", `
    const isTaken = (publicKeys) => { try { return createAtlas({ publicKeys }) !== undefined; } catch { return false; } };
    const { spellings, refused } = JSON.parse(process.env.KEYS);
    show({ taken: spellings.filter(isTaken).length, refused: refused.filter(({ key }) => isTaken(key)) });
  `, { KEYS: JSON.stringify({ spellings, refused }) });
  assert.ok(spellings.length > 3 && refused.length > 12);
  assert.deepEqual(found, { taken: spellings.length, refused: [] });
});

/** A WebCrypto whose checks of a signature are counted as `checks`. */
const COUNTED = `
    let checks = 0;
    const { verify } = crypto.subtle;
    crypto.subtle.verify = (...args) => { checks += 1; return verify.apply(crypto.subtle, args); };`;

test("a manifest is checked once, however many lookups bring it", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const { checks, sources } = await run("once", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    ${COUNTED}
    let time = Date.parse(at);
    const store = { getAll: async () => structuredClone({ ...items, atlas_v1_manifest: manifest }) };
    const atlas = createAtlas({ client: store, now: () => time, refreshMs: 1, publicKeys });
    const sources = [];
    for (let i = 0; i < 50; i += 1, time += 2) sources.push((await atlas.lookup(FAQ)).source);
    show({ checks, sources: [...new Set(sources)] });
  `, { FIXTURE: JSON.stringify(fixture) });
  assert.deepEqual([checks, sources], [1, ["atlas"]]);
});

test("a manifest is checked once for a cold crowd", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const { checks, sources } = await run("crowd", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    ${COUNTED}
    const store = { getAll: async () => ({ ...items, atlas_v1_manifest: manifest }) };
    const atlas = createAtlas({ client: store, now: () => Date.parse(at), timeoutMs: 5000, publicKeys });
    const decisions = await Promise.all(Array.from({ length: 1000 }, () => atlas.lookup(FAQ)));
    show({ checks, sources: [...new Set(decisions.map(({ source }) => source))] });
  `, { FIXTURE: JSON.stringify(fixture) });
  assert.deepEqual([checks, sources], [1, ["atlas"]]);
});

test("a platform without Ed25519 serves nothing, and says why", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const { reason, message } = await run("without", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    crypto.subtle.importKey = async () => { throw new DOMException("Unrecognized algorithm name", "NotSupportedError"); };
    const store = { getAll: async () => ({ ...items, atlas_v1_manifest: manifest }) };
    const atlas = createAtlas({ client: store, now: () => Date.parse(at), log: (event) => events.push(event), publicKeys });
    const { reason } = await atlas.lookup(FAQ);
    show({ reason, message: events[0].message });
  `, { FIXTURE: JSON.stringify(fixture) });
  assert.equal(reason, "signature_invalid");
  assert.match(message, /cannot be checked: Unrecognized algorithm name/);
});

/** A WebCrypto whose first check of a signature fails; `checks` counts them. */
const FAILING_ONCE = `
    const verify = crypto.subtle.verify.bind(crypto.subtle);
    let checks = 0;
    crypto.subtle.verify = async (...given) => {
      checks += 1;
      if (checks === 1) throw new Error("the machine is busy");
      return verify(...given);
    };`;

test("a WebCrypto that fails once costs one lookup: the next read of the same manifest is checked again", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const decided = await run("once", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    ${FAILING_ONCE}
    items.atlas_v1_manifest = manifest;
    let time = Date.parse(at);
    const atlas = createAtlas({ ...patient, now: () => (time += 20_000), publicKeys });
    const decided = [];
    for (let i = 0; i < 4; i += 1) decided.push((await atlas.lookup(FAQ)).reason ?? "hit");
    show({ decided, checks, reads, message: events[0].message });
  `, { FIXTURE: JSON.stringify(fixture) });
  const message = "the signatures cannot be checked: the machine is busy";
  assert.deepEqual(decided, { decided: ["signature_invalid", "hit", "hit", "hit"], checks: 2, reads: 4, message });
});

test("a WebCrypto that fails once costs one lookup of an embedded snapshot, which is there when nothing else is", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const decided = await run("once-embedded", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    ${FAILING_ONCE}
    const down = { getAll: async () => { throw new Error("down"); } };
    const snapshot = { ...items, atlas_v1_manifest: manifest };
    const atlas = createAtlas({ client: down, now: () => Date.parse(at), log() {}, publicKeys, snapshot, revalidate: "background" });
    const decided = [];
    for (let i = 0; i < 3; i += 1) decided.push((await atlas.lookup(FAQ, { waitUntil() {} })).source);
    show({ decided, checks });
  `, { FIXTURE: JSON.stringify(fixture) });
  assert.deepEqual(decided, { decided: ["paris", "atlas", "atlas"], checks: 2 });
});

test("a platform whose WebCrypto never answers keeps nobody waiting, whether for the store or for a last resort", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const told = await run("deaf", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    crypto.subtle.verify = () => new Promise(() => {});
    const snapshot = JSON.stringify({ ...items, atlas_v1_manifest: manifest });
    const options = { client, now: () => Date.parse(at), log() {}, publicKeys, snapshot, timeoutMs: 200, lastResortMaxAgeMs: 86_400_000 };
    const { reason } = await createAtlas(options).lookup(FAQ);
    const resolved = createAtlas(options).resolve(FAQ, () => { throw new Error("Paris is down"); });
    show({ reason, resolved: await resolved.catch(({ message }) => message) });
    process.exit();
  `, { FIXTURE: JSON.stringify(fixture) });
  assert.deepEqual(told, { reason: "timeout", resolved: "Paris is down" });
});

test("bad options are named, and no key is shown", async () => {
  const messages = await run("options", `
    const key = "ezy0j72aw6RofN6V0xWbkiWyTgwM75O_wSjhZm_2kZI";
    const bad = [{ publicKeys: "short" }, { publicKeys: [key, 7] }, { publicKeys: [] }, { publicKeys: key, signaturesRequired: 2 }, { publicKeys: key, signaturesRequired: 0 },
      // One key is one signer, in however many spellings.
      { publicKeys: [key, key + "="], signaturesRequired: 2 }, { signaturesRequired: 2 }, { timeoutMs: NaN }, { refreshMs: Infinity },
      { minVersion: -1 }, { minVersion: 1.5 }, { minVersion: 2 ** 53 }, { snapshot: 7 }, { lastResortMaxAgeMs: -1 },
      // What has no text: a module's namespace, say.
      { timeoutMs: Object.create(null) }, { client: await import("node:os") }];
    const messages = bad.map((options) => { try { createAtlas(options); return "none"; } catch (error) { return error.code + " " + error.message; } });
    createAtlas({ publicKeys: [key, key + "="], signaturesRequired: 1, minVersion: 0, snapshot: "{}", lastResortMaxAgeMs: 1 });
    createAtlas({ minVersion: 2 ** 53 - 1 });
    show(messages);
  `);
  const names = ["publicKeys", "publicKeys", "publicKeys", "signaturesRequired", "signaturesRequired", "signaturesRequired", "signaturesRequired",
    "timeoutMs", "refreshMs", "minVersion", "minVersion", "minVersion", "snapshot", "lastResortMaxAgeMs", "timeoutMs", "client"];
  messages.forEach((message, at) => assert.match(message, new RegExp(`^ATLAS_BAD_OPTION .*option ${names[at]}: expected`)));
  assert.ok(!messages.join().includes("short"));
  assert.ok(messages[11].endsWith("expected a version from 0 to 2^53 - 1, found 9007199254740992"), messages[11]);
  assert.ok(messages[7].endsWith("found NaN") && messages[8].endsWith("found Infinity"), messages.join("\n"));
});

test("a snapshot that is embedded answers a cold reader before the store does, and is counted as what it is", async () => {
  const found = await run("embedded", `
    const atlas = createAtlas({ ...patient, revalidate: "background", snapshot: () => JSON.stringify(items) });
    const first = await atlas.lookup(FAQ, context);
    const before = { reads, source: first.source, stats: atlas.takeStats(), events: events.map(({ event }) => event) };
    await Promise.all(works);
    const after = { source: atlas.peek(FAQ).source, stats: atlas.takeStats(), health: atlas.health() };
    show({ before, after, reads });
  `);
  assert.equal(found.before.source, "atlas");
  assert.deepEqual(found.before.stats, { lookups: 1, hits: 1, fallbacks: {}, embedded: 1 });
  assert.deepEqual(found.before.events, ["atlas_embedded"]);
  assert.deepEqual(found.after.stats, { lookups: 1, hits: 1, fallbacks: {} });
  assert.deepEqual([found.after.source, found.after.health.embedded, found.reads], ["atlas", 1, 1]);
});

test("a hit that the store has confirmed is not counted as embedded any more", async () => {
  const { stats, events } = await run("confirmed", `
    const atlas = createAtlas({ ...patient, revalidate: "background", snapshot: items });
    await atlas.lookup(FAQ, context);
    await Promise.all(works);
    atlas.takeStats();
    events.length = 0;
    for (let i = 0; i < 3; i += 1) {
      ahead += 10_000;
      await atlas.lookup(FAQ);
    }
    show({ stats: atlas.takeStats(), events: events.map(({ event }) => event) });
  `);
  assert.deepEqual(stats, { lookups: 3, hits: 3, fallbacks: {} });
  assert.deepEqual(events, []);
});

test("a reader that takes the place of another is not told of a rollback for the embedded snapshot that the store has outgrown", async () => {
  const { answers, events } = await run("outgrown", `
    const { manifest } = JSON.parse(process.env.NEWER);
    const newer = { async getAll(keys) { return structuredClone(Object.fromEntries(keys.map((key) => [key, key === "atlas_v1_manifest" ? manifest : items[key]]))); } };
    const atlas = createAtlas({ ...patient, client: newer, revalidate: "background", snapshot: items });
    const answers = [];
    const ask = async (context) => answers.push((await atlas.lookup(FAQ, context)).version);
    await ask(context);
    await Promise.all(works);
    await ask();
    ahead += 10_000;
    // It is replaced where nobody waits for what it would read behind the answer.
    await ask({ waitUntil() { throw new Error("the context is over"); } });
    ahead += 10_000;
    await ask();
    show({ answers, events: events.map(({ event }) => event) });
  `, { NEWER: JSON.stringify({ manifest: seal({ ...whole.items.atlas_v1_manifest, version: 2 }) }) });
  assert.deepEqual(answers, [1, 2, 2, 2]);
  assert.deepEqual(events, ["atlas_embedded", "atlas_wait_until_failed"]);
});

test("an embedded snapshot is verified, and is the floor", async () => {
  const found = await run("floor", `
    const damaged = structuredClone(items);
    damaged.atlas_v1_widgetSchemas.version += 1;
    const [results, messages] = [[], []];
    for (const snapshot of [damaged, "{", () => { throw new Error("no file"); }, { atlas_v1_manifest: 7 }]) {
      events.length = 0;
      const atlas = createAtlas({ ...patient, snapshot });
      const { source } = await atlas.lookup(FAQ);
      results.push([source, events.map(({ event }) => event)]);
      messages.push(...events.map(({ message }) => message));
    }
    const { reason } = await createAtlas({ ...patient, minVersion: items.atlas_v1_manifest.version + 1 }).lookup(FAQ);
    show({ results, reason, messages });
  `);
  // Not as if it were the store's fault, which is whole.
  assert.deepEqual(found.messages.filter((message) => !message.startsWith("embedded: ")), []);
  assert.ok(!found.messages.some((message) => message.includes("store")), found.messages.join("\n"));
  assert.deepEqual(found.results, ["corrupt", "corrupt", "corrupt", "key_missing"].map((fault) => ["atlas", [`atlas_${fault}`]]));
  assert.equal(found.reason, "rollback");
});

test("an embedded snapshot is loaded once, however many lookups wait for it, or readers take it", async () => {
  const fixture = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const { loads, sources } = await run("loaded-once", `
    const { publicKeys, manifest, now: at } = JSON.parse(process.env.FIXTURE);
    let loads = 0;
    const snapshot = () => { loads += 1; return JSON.stringify({ ...items, atlas_v1_manifest: manifest }); };
    const atlas = createAtlas({ client, now: () => Date.parse(at), log() {}, publicKeys, snapshot, revalidate: "background", timeoutMs: 5000 });
    const decisions = await Promise.all(Array.from({ length: 100 }, () => atlas.lookup(FAQ, context)));
    show({ loads, sources: [...new Set(decisions.map(({ source }) => source))] });
  `, { FIXTURE: JSON.stringify(fixture) });
  assert.deepEqual([loads, sources], [1, ["atlas"]]);
});

test("a promise in place of an embedded snapshot is named in the log, once", async () => {
  const told = await run("promise", `
    const told = [];
    for (const snapshot of [async () => items, Promise.resolve(items), () => Promise.reject(new Error("no file"))]) {
      const atlas = createAtlas({ ...patient, snapshot, log: ({ event, message }) => told.push([event, message]) });
      told.push((await atlas.lookup(FAQ)).source, (await atlas.lookup({ ...FAQ, plan: undefined })).source);
    }
    show(told);
  `);
  const each = [["atlas_corrupt", "embedded: found a promise"], "atlas", "atlas"];
  assert.deepEqual(told, [...each, ...each, ...each]);
});

test("where nothing can be verified, an embedded snapshot costs no wait, and leaves nothing unhandled", async () => {
  const { reasons, elapsed, unhandled } = await run("no-encoder", `
    // As in jest-environment-jsdom.
    delete globalThis.TextEncoder;
    const unhandled = [];
    process.on("unhandledRejection", (error) => unhandled.push(String(error)));
    const atlas = createAtlas({ ...patient, snapshot: items });
    const began = performance.now();
    const reasons = [];
    for (let lookup = 0; lookup < 2; lookup += 1) reasons.push((await atlas.lookup(FAQ)).reason);
    show({ reasons, elapsed: performance.now() - began, unhandled });
  `);
  assert.deepEqual(reasons, ["internal_error", "internal_error"]);
  assert.deepEqual(unhandled, []);
  assert.ok(elapsed < 2_500, `${elapsed} ms of the 5 s that a lookup may wait`);
});

test("where store and Paris fail, a last resort is served if one is asked for, and no older than that", async () => {
  const found = await run("last-resort", `
    failing = true;
    const fetchParis = async () => { throw new Error("Paris is down"); };
    const answers = [];
    for (const lastResortMaxAgeMs of [0, 3_599_999, 3_600_000]) {
      const atlas = createAtlas({ ...patient, maxAgeMs: 1_000, snapshot: items, lastResortMaxAgeMs });
      const answer = await atlas.resolve(FAQ, fetchParis).catch((error) => ({ thrown: error.message }));
      answers.push({ ...answer, error: answer.error?.message, stats: atlas.takeStats(), health: atlas.health().lastResort });
    }
    show({ answers, events: events.map(({ event }) => event), up: await createAtlas({ ...patient, snapshot: items, lastResortMaxAgeMs: 1e9 }).resolve(FAQ, async () => "from Paris") });
  `);
  const [off, tooOld, served] = found.answers;
  assert.equal(off.thrown, "Paris is down");
  assert.equal(tooOld.thrown, "Paris is down");
  assert.deepEqual([served.source, served.reason, served.error, served.ageMs], ["last_resort", "unavailable", "Paris is down", 3_600_000]);
  assert.deepEqual(served.hints, { branding: { enforced: true }, features: {}, limits: {} });
  assert.equal(served.template.widgetType, "content.faq");
  assert.deepEqual([served.stats.lastResort, served.health, off.stats.lastResort], [1, 1, undefined]);
  assert.equal(found.events.filter((event) => event === "atlas_last_resort").length, 1);
  assert.deepEqual([found.up.source, found.up.value], ["paris", "from Paris"]);
});

test("last resorts are logged once in a window for each reason", async () => {
  const { lines } = await run("last-resort-log", `
    failing = true;
    const atlas = createAtlas({ ...patient, maxAgeMs: 1_000, snapshot: items, lastResortMaxAgeMs: 1e9 });
    const resolve = () => atlas.resolve(FAQ, async () => { throw new Error("Paris is down"); });
    for (let i = 0; i < 5; i += 1) await resolve();
    ahead += 60_000;
    await resolve();
    show({ lines: events.filter(({ event }) => event === "atlas_last_resort").map(({ reason, suppressed }) => [reason, suppressed]) });
  `);
  assert.deepEqual(lines, [["unavailable", 0], ["breaker_open", 0], ["unavailable", 2]]);
});

test("the README's reader serves a signed snapshot that comes with the deployment, with the store down", async () => {
  const { manifest, publicKeys, now } = JSON.parse(await readFile(join(FIXTURES, "signatures", "signed.json"), "utf8"));
  const shown = await readFile(join(ROOT, "tests", "runtimes", "vercel", "signed.js"), "utf8");
  const items = JSON.stringify({ ...whole.items, atlas_v1_manifest: manifest });
  await writeFile(join(installed.project, "signed.mjs"), shown);
  await writeFile(join(installed.project, "atlas-snapshot.mjs"), `export default () => JSON.parse(${JSON.stringify(items)});\n`);
  const env = { ATLAS_EDGE_CONFIG: "https://127.0.0.1:1/ecfg_none?token=none", ATLAS_PUBLIC_KEYS: publicKeys.join() };
  const found = await run("shown", `
    const ask = async (at) => {
      Date.now = () => Date.parse(${JSON.stringify(now)}) + at;
      const { atlas } = await import("./signed.mjs?" + at);
      return atlas.resolve(FAQ, async () => { throw new Error("Paris is down"); }, { waitUntil() {} }).catch(({ message }) => ({ message }));
    };
    const day = 86_400_000;
    const sources = [];
    for (const at of [0, 6 * day, 7 * day]) sources.push(await ask(at));
    show(sources.map(({ source, message }) => source ?? message));
  `, env);
  assert.deepEqual(found, ["atlas", "last_resort", "Paris is down"]);
});
