// The README's snippets for a Server-Timing header and for Vercel. Vercel's request context is made as its runtime makes it,
// and read by `@vercel/functions` and by Atlas.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import { getDeadline, waitUntil } from "@vercel/functions";

import { openStand } from "../harness/stand.mjs";
import { clock } from "./options.js";
import { onDecision, serverTiming } from "./server-timing.js";

const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
const UNKNOWN = { ...FAQ, schemaVersion: "2031-01-01" };
const CONTEXT = Symbol.for("@vercel/request-context");
const REFRESH_MS = 10_000;

let stand;
let client;
before(async () => {
  stand = await openStand();
  process.env.ATLAS_EDGE_CONFIG = stand.env.ATLAS_EDGE_CONFIG;
  client = createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false });
});
after(() => stand?.close());

/** The context of each request, as Vercel's runtime keeps it. */
const requests = new AsyncLocalStorage();

/** Handles a request as a function on Vercel does, and gives what it answered and what it still has to wait for. */
async function onVercel(handle, { deadline } = {}) {
  globalThis[CONTEXT] = { get: () => requests.getStore() };
  const work = [];
  const context = {
    url: "/e/wgt_1",
    headers: {},
    waitUntil: (promise) => void work.push(promise),
    ...(deadline && { deadline: deadline.toISOString() }),
  };
  const answer = await requests.run(context, handle);
  return { answer, work };
}

/** A reader whose clock is moved on until its memory is due to be refreshed. */
function reader(options) {
  let ahead = 0;
  let reads = 0;
  const counting = { getAll: (keys) => ((reads += 1), client.getAll(keys)) };
  const atlas = createAtlas({ client: counting, timeoutMs: 5_000, now: () => Date.now() + ahead, ...options });
  return { atlas, reads: () => reads, due: () => (ahead += REFRESH_MS) };
}

test("a response has a Server-Timing header with what was decided", async (t) => {
  const atlas = createAtlas({ client, timeoutMs: 5_000, onDecision });
  const server = createServer(async (request, response) => {
    const instance = request.url === "/faq" ? { ...FAQ } : { ...UNKNOWN };
    await atlas.resolve(instance, () => "Paris");
    response.writeHead(200, { "Server-Timing": serverTiming(instance) }).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => server.close());
  const header = async (path) => (await fetch(`http://127.0.0.1:${server.address().port}${path}`)).headers.get("server-timing");
  const [cold, warm, unknown] = [await header("/faq"), await header("/faq"), await header("/other")];
  for (const timing of [cold, warm]) assert.match(timing, /^atlas;desc=hit;dur=\d+\.\d$/);
  assert.match(unknown, /^atlas;desc=schema_version_mismatch;dur=\d+\.\d$/);
  assert.ok(Number(cold.split("=").at(-1)) > Number(warm.split("=").at(-1)), `${cold}, ${warm}: a read takes time`);
});

test("on Vercel a refresh behind the answer finds the waitUntil of its own request", async () => {
  const { atlas, reads, due } = reader({ revalidate: "background" });
  const first = await onVercel(() => atlas.lookup(FAQ));
  assert.deepEqual([first.answer.source, first.work.length, reads()], ["atlas", 0, 1]);
  due();
  // The real package and Atlas ask the same context.
  const mine = Promise.resolve();
  const [refreshed, other] = await Promise.all([
    onVercel(() => (waitUntil(mine), atlas.lookup(FAQ))),
    onVercel(() => new Promise((done) => setTimeout(done, 20))),
  ]);
  assert.deepEqual([refreshed.answer.source, refreshed.work.length, refreshed.work[0], other.work], ["atlas", 2, mine, []]);
  await Promise.all(refreshed.work);
  assert.equal(reads(), 2);
  assert.equal(atlas.peek(FAQ).source, "atlas", "it was refreshed");
});

test("a waitUntil that is passed in goes before Vercel's", async () => {
  const { atlas, due } = reader({ revalidate: "background" });
  await atlas.lookup(FAQ);
  due();
  const passed = [];
  const { work } = await onVercel(() => atlas.lookup(FAQ, { waitUntil: (promise) => passed.push(promise) }));
  assert.deepEqual([passed.length, work.length], [1, 0]);
  await Promise.all(passed);
});

test("outside a request there is no waitUntil, and a lookup waits for the store", async () => {
  const { atlas, reads, due } = reader({ revalidate: "background" });
  await onVercel(() => atlas.lookup(FAQ));
  due();
  assert.equal((await atlas.lookup(FAQ)).source, "atlas");
  assert.equal(reads(), 2);
});

test("the README's reader refreshes behind the answer, and Paris is given up before Vercel's deadline", async () => {
  const { decide } = await import("./on-vercel.js");
  const { answer, work } = await onVercel(() => decide(FAQ, () => "Paris"));
  assert.deepEqual([answer.source, work.length], ["atlas", 0]);
  clock.ahead += REFRESH_MS;
  const refreshed = await onVercel(() => decide(FAQ, () => "Paris"));
  assert.deepEqual([refreshed.answer.source, refreshed.work.length], ["atlas", 1]);
  await Promise.all(refreshed.work);

  const deadline = new Date(Date.now() + 800);
  const silent = (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const began = performance.now();
  await assert.rejects(onVercel(() => {
    assert.deepEqual(getDeadline(), deadline);
    return decide(UNKNOWN, silent);
  }, { deadline }), { name: "TimeoutError" });
  const waited = performance.now() - began;
  assert.ok(waited > 200 && waited < 2_000, `${waited} ms`);
});

test("the context is the one that @vercel/functions reads", () => {
  const { SYMBOL_FOR_REQ_CONTEXT } = createRequire(import.meta.url)("./node_modules/@vercel/functions/get-context.js");
  assert.equal(SYMBOL_FOR_REQ_CONTEXT, CONTEXT);
});
