// The request context of Vercel, where Atlas finds a `waitUntil` that nobody has passed in: missing, hostile, or broken, it
// costs no answer. tests/runtimes/vercel has it beside Vercel's own package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { installForAll } from "./installed.mjs";

const setting = `
  import { createAtlas } from "@clickeen/atlas";
  const items = JSON.parse(process.env.ITEMS);
  const CONTEXT = Symbol.for("@vercel/request-context");
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const bad = new Proxy({}, { get() { throw new Error("hostile"); } });
  const unhandled = [];
  process.on("unhandledRejection", (error) => unhandled.push(String(error)));
  const put = (context) => Object.defineProperty(globalThis, CONTEXT, { configurable: true, writable: true, value: context });
  /** What a lookup of a reader that is due comes to, in this context. */
  async function due({ context, given, revalidate = "background" }) {
    delete globalThis[CONTEXT];
    let [ahead, reads] = [0, 0];
    const events = [];
    const client = { async getAll() { reads += 1; return items; } };
    const options = { client, now: () => Number(process.env.NOW) + ahead, log: (event) => events.push(event.event), timeoutMs: 5000 };
    const atlas = createAtlas({ ...options, revalidate });
    await atlas.lookup(FAQ);
    ahead = 10_000;
    context();
    const { source } = await atlas.lookup(FAQ, given);
    await new Promise((done) => setImmediate(done));
    return { source, reads, events };
  }
`;
const run = installForAll(setting);

test("a context that is missing or hostile is none: the lookup waits for the store", async () => {
  const { results, unhandled } = await run("hostile", `
    const contexts = {
      missing: () => {},
      null: () => put(null),
      number: () => put(7),
      "without get": () => put({}),
      "with a get that is no function": () => put({ get: {} }),
      "with a get that throws": () => put({ get() { throw new Error("hostile"); } }),
      "outside a request": () => put({ get: () => undefined }),
      "of a proxy": () => put(bad),
      "that gives a proxy": () => put({ get: () => bad }),
      "without waitUntil": () => put({ get: () => ({}) }),
      "with a waitUntil that is no function": () => put({ get: () => ({ waitUntil: 7 }) }),
      "that cannot be read": () => Object.defineProperty(globalThis, CONTEXT, { configurable: true, get() { throw new Error("hostile"); } }),
    };
    const results = {};
    for (const [name, context] of Object.entries(contexts)) results[name] = await due({ context });
    console.log(JSON.stringify({ results, unhandled }));
  `);
  assert.ok(Object.keys(results).length >= 12);
  for (const [name, result] of Object.entries(results)) assert.deepEqual(result, { source: "atlas", reads: 2, events: [] }, name);
  assert.deepEqual(unhandled, []);
});

test("a waitUntil of the context that throws is logged, and the lookup waits; one that rejects is kept", async () => {
  const { throws, rejects, unhandled } = await run("broken", `
    const throws = await due({ context: () => put({ get: () => ({ waitUntil() { throw new Error("closed"); } }) }) });
    const rejects = await due({ context: () => put({ get: () => ({ waitUntil: () => Promise.reject(new Error("closed")) }) }) });
    console.log(JSON.stringify({ throws, rejects, unhandled }));
  `);
  assert.deepEqual(throws, { source: "atlas", reads: 2, events: ["atlas_wait_until_failed"] });
  assert.deepEqual(rejects, { source: "atlas", reads: 2, events: [] });
  assert.deepEqual(unhandled, []);
});

test("the context's waitUntil keeps its this, and one that is passed in goes before it", async () => {
  const { found, passed } = await run("found", `
    const request = { work: [], waitUntil(promise) { this.work.push(promise); } };
    const context = () => put({ request, get() { return this.request; } });
    await due({ context });
    const found = request.work.length;
    await Promise.all(request.work);
    const own = [];
    await due({ context, given: { waitUntil: (promise) => own.push(promise) } });
    console.log(JSON.stringify({ found, passed: [own.length, request.work.length - found] }));
  `);
  assert.equal(found, 1);
  assert.deepEqual(passed, [1, 0]);
});

test("a late read is handed to the context's waitUntil, even where lookups wait for the store", async () => {
  const { reason, settled, next } = await run("late", `
    const work = [];
    put({ get: () => ({ waitUntil: (promise) => work.push(promise) }) });
    let answer;
    const client = { getAll: () => new Promise((resolve) => (answer = resolve)) };
    const atlas = createAtlas({ client, now: () => Number(process.env.NOW), log() {}, timeoutMs: 20, budgetMs: 500 });
    const { reason } = await atlas.lookup(FAQ);
    answer(items);
    const settled = await Promise.all(work);
    console.log(JSON.stringify({ reason, settled: settled.length, next: atlas.peek(FAQ)?.source }));
  `);
  assert.deepEqual([reason, settled, next], ["timeout", 1, "atlas"]);
});
