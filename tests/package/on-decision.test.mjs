// `onDecision`: told once of each answer, and never able to change one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installForAll } from "./installed.mjs";

const setting = `
  import { createAtlas } from "@clickeen/atlas";
  const items = JSON.parse(process.env.ITEMS);
  let ahead = 0;
  const now = () => Number(process.env.NOW) + ahead;
  const client = { getAll: async () => items };
  const events = [];
  const told = [];
  const onDecision = (decision, { request, elapsedMs }) => told.push({ decision, request, elapsedMs });
  const patient = { client, now, log: (event) => events.push(event), timeoutMs: 5000, onDecision };
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const UNKNOWN = { ...FAQ, schemaVersion: "2031-01-01" };
  const unhandled = [];
  process.on("unhandledRejection", (error) => unhandled.push(String(error)));
  const turn = () => new Promise((done) => setImmediate(done));
`;
const run = installForAll(setting);

test("it is told of each answer of lookup, peek and resolve, once, with the decision itself and the request itself", async () => {
  const { same, outcomes, lookups, nothing } = await run("each", `
    const atlas = createAtlas(patient);
    const nothing = [atlas.peek(FAQ) ?? null, told.length];
    const given = [];
    given.push(await atlas.lookup(FAQ));                       // a read
    given.push(await atlas.lookup(FAQ));                       // from memory, without the Wasm
    given.push(await atlas.lookup({ ...FAQ, plan: "free" }));  // from memory, by the Wasm
    given.push(atlas.peek(FAQ), atlas.peek(UNKNOWN));
    given.push(await atlas.resolve(FAQ, () => "Paris"));
    ahead = 10_000;
    given.push(await atlas.lookup(FAQ));                       // confirmed by a read
    await atlas.resolve(UNKNOWN, (request, { decision }) => given.push(decision));
    const same = told.map(({ decision }, at) => decision === given[at]);
    const outcomes = told.map(({ decision, elapsedMs }) => [decision.reason ?? decision.source, elapsedMs >= 0 && elapsedMs < 5000]);
    const isRequest = told.every(({ request }, at) => at === 2 || request === (decision(at) === "atlas" ? FAQ : UNKNOWN));
    function decision(at) { return told[at].decision.source; }
    console.log(JSON.stringify({ nothing, same: [...same, isRequest], outcomes, lookups: atlas.takeStats().lookups }));
  `);
  assert.deepEqual(nothing, [null, 0], "a peek that gives nothing has decided nothing");
  assert.deepEqual(same, Array(9).fill(true));
  const [hit, miss] = [["atlas", true], ["schema_version_mismatch", true]];
  assert.deepEqual(outcomes, [hit, hit, hit, hit, miss, hit, hit, miss]);
  assert.equal(lookups, 8, "as the counters count");
});

test("resolve tells of a fallback before Paris answers, and a timeout with the time that it took", async () => {
  const { before, reason, elapsed } = await run("when", `
    const hung = createAtlas({ ...patient, client: { getAll: () => new Promise(() => {}) }, timeoutMs: 40 });
    let answer;
    const page = hung.resolve(FAQ, () => new Promise((resolve) => (answer = resolve)));
    for (let turns = 0; told.length === 0 && turns < 100_000; turns += 1) await turn();
    const before = typeof answer;
    answer("Paris");
    await page;
    console.log(JSON.stringify({ before, reason: told[0].decision.reason, elapsed: told[0].elapsedMs }));
    process.exit(0);
  `);
  assert.deepEqual([before, reason], ["function", "timeout"]);
  assert.ok(elapsed >= 39, `${elapsed} ms`);
});

test("whatever it throws or rejects with is logged once in a window, and changes no answer", async () => {
  const { answers, lines, suppressed, unhandled } = await run("harm", `
    const harmful = {
      throws() { throw new Error("broken"); },
      rejects: async () => { throw new Error("broken"); },
      odd: () => ({ get then() { throw new Error("broken"); } }),
      unnamed() { throw undefined; },
    };
    const answers = {};
    const lines = {};
    const suppressed = [];
    for (const [name, onDecision] of Object.entries(harmful)) {
      events.length = ahead = 0;
      const atlas = createAtlas({ ...patient, onDecision });
      const given = [];
      for (let count = 0; count < 3; count += 1) given.push((await atlas.lookup(FAQ)).source, atlas.peek(FAQ).source);
      given.push((await atlas.resolve(FAQ, () => "Paris")).source);
      await turn();
      lines[name] = events.map(({ event, level, message, suppressed }) => [event, level, message, suppressed].join(" "));
      ahead = 60_000;
      await atlas.lookup(FAQ);
      await turn();
      suppressed.push(events.at(-1).suppressed);
      answers[name] = [...new Set(given)];
    }
    console.log(JSON.stringify({ answers, lines, suppressed, unhandled }));
  `);
  for (const [name, sources] of Object.entries(answers)) assert.deepEqual(sources, ["atlas"], name);
  for (const [name, message] of Object.entries({ throws: "broken", rejects: "broken", odd: "broken", unnamed: "undefined" })) {
    assert.deepEqual(lines[name], [`atlas_on_decision_failed warn ${message} 0`], name);
  }
  assert.deepEqual([suppressed, unhandled], [[6, 6, 6, 6], []]);
});

test("one that looks up itself gets its answers, in order", async () => {
  const { versions, count } = await run("again", `
    let count = 0;
    const atlas = createAtlas({ ...patient, onDecision() { if ((count += 1) < 5) inner.push(atlas.peek(FAQ)?.source, atlas.lookup(FAQ)); } });
    const inner = [];
    const outer = await atlas.lookup(FAQ);
    const versions = [outer, ...(await Promise.all(inner))].map((decision) => decision.source ?? decision);
    console.log(JSON.stringify({ versions: [...new Set(versions)], count }));
  `);
  assert.deepEqual(versions, ["atlas"]);
  assert.ok(count >= 5, `${count}`);
});

test("it must be a function", async () => {
  const message = await run("option", `
    let message;
    try { createAtlas({ ...patient, onDecision: "log" }); } catch (error) { message = [error.code, error.message]; }
    createAtlas({ ...patient, onDecision: null });
    console.log(JSON.stringify(message));
  `);
  assert.deepEqual(message, ["ATLAS_BAD_OPTION", '@clickeen/atlas: option onDecision: expected a function, found "log"']);
});
