// The boundary between JavaScript and the Wasm: what an error costs that is thrown through a call. A trap costs the
// instance; anything else costs the one lookup.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, installForAll } from "./installed.mjs";

/** A reader, the instances that were made, and how to have the package's host throw within a call from the Wasm. */
const setting = `
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, args) {
      const instance = new target(...args);
      memories.push(Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory));
      return instance;
    },
  });
  // As modules of their own, which a test can change; the entry for Node is one file.
  const { createAtlas } = await import("./node_modules/@clickeen/atlas/index.js");
  const { host } = await import("./node_modules/@clickeen/atlas/lib/host.js");
  const items = JSON.parse(process.env.ITEMS);
  let reads = 0;
  const client = { async getAll() { reads += 1; return items; } };
  const events = [];
  const options = { client, now: () => Number(process.env.NOW), log: (event) => events.push(event), timeoutMs: 5000 };
  const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };
  const FREE = { ...FAQ, plan: "free" };
  const { hit } = host;
  /** The next hit is made by this. */
  const once = (run) => (host.hit = (...args) => { host.hit = hit; return run(...args); });
  const throws = (error) => once(() => { throw error; });
  /** Wasm with one function, of which this is the code. */
  const wasm = (...code) => {
    const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0];
    const module = new WebAssembly.Module(new Uint8Array([...head, 10, code.length + 4, 1, code.length + 2, 0, ...code, 0x0b]));
    return new Instance(module).exports.f;
  };
  const unreachable = wasm(0x00);
  const endless = wasm(0x10, 0x00);
  const thrownBy = (run) => { try { run(); } catch (error) { return error; } };
`;
const run = installForAll(setting);

/** A lookup whose call throws, the next one, another reader of the same instance, and how many instances there were. */
const scene = (thrower) => `
  const [atlas, bystander] = [createAtlas(options), createAtlas(options)];
  await atlas.lookup(FAQ);
  await bystander.lookup(FAQ);
  const read = reads;
  ${thrower}
  const failed = await atlas.lookup(FREE);
  const next = await atlas.lookup(FREE);
  const beside = bystander.peek(FREE) ?? {};
  console.log(JSON.stringify({
    failed: failed.reason, next: next.source, beside: beside.source, instances: memories.length, reads: reads - read,
    events: events.map(({ event, message }) => event + ": " + message),
  }));
`;

test("V8 throws a RuntimeError for a trap, and a RangeError for a stack that overflows in Wasm", async () => {
  const names = await run("names", `
    console.log(JSON.stringify([unreachable, endless].map((run) => {
      const error = thrownBy(run);
      return [error.name, error instanceof WebAssembly.RuntimeError, error.message];
    })));
  `);
  assert.deepEqual(names, [
    ["RuntimeError", true, "unreachable"],
    ["RangeError", false, "Maximum call stack size exceeded"],
  ]);
});

for (const [name, run_, message] of [
  ["a trap", "unreachable", "unreachable"],
  ["a stack that overflows in the Wasm", "endless", "Maximum call stack size exceeded"],
]) {
  test(`${name} costs the instance, one lookup a fallback, and nobody the next`, async () => {
    const result = await run(run_, scene(`once(${run_});`));
    assert.deepEqual([result.failed, result.next, result.instances], ["internal_error", "atlas", 2]);
    assert.equal(result.beside, undefined, "what another reader had in memory is gone");
    assert.deepEqual(result.events, [`atlas_internal_error: ${message}`]);
  });
}

for (const [name, error] of Object.entries({
  "a TypeError": 'new TypeError("no function")',
  "an Error": 'new Error("anything")',
  "a text": '"anything"',
  "a DOMException": 'new DOMException("gone", "AbortError")',
})) {
  test(`${name} that is thrown through a call costs one lookup a fallback, and no instance`, async () => {
    const result = await run("other", scene(`throws(${error});`));
    assert.deepEqual([result.failed, result.next, result.instances, result.reads], ["internal_error", "atlas", 1, 1]);
    assert.equal(result.beside, "atlas", "another reader still has its memory");
    assert.equal(result.events.length, 1);
  });
}

test("any number of such errors leaves the reader working, in memory that does not grow with them", async () => {
  const { reasons, last, instances, bytes } = await run("many", `
    const atlas = createAtlas(options);
    const reasons = {};
    for (let count = 0; count < 2_000; count += 1) {
      throws(new TypeError("no function"));
      const { reason } = await atlas.lookup(FREE);
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
    host.hit = hit;
    const last = (await atlas.lookup(FREE)).source;
    console.log(JSON.stringify({ reasons, last, instances: memories.length, bytes: memories.at(-1).buffer.byteLength }));
  `);
  assert.deepEqual([reasons, last], [{ internal_error: 2_000 }, "atlas"]);
  assert.ok(bytes <= 4 * 65_536 && instances < 200, `${bytes} bytes, ${instances} instances`);
});

test("V8 may drop the optimised code of a caller in the middle of a call", async () => {
  // What V8 inlined is dropped when the memory grows. Node 20 and 22 then end the process if a call returns an object.
  const { source, grew } = await run("dropped", `
    const [small, texts] = [JSON.stringify({ ...items, atlas_v1_manifest: {} }), []];
    let at = 0;
    const atlas = createAtlas({ ...options, log: () => {}, client: { async getAll() {
      if (at % 3 === 1) throw new Error("down");
      return JSON.parse(texts[at] ?? small);
    } } });
    for (; at < 10_000; at += 1) await atlas.lookup(FAQ);
    at = 10_002;
    const before = memories.at(-1).buffer.byteLength;
    texts[at] = JSON.stringify({ ...items, atlas_v1_manifest: { long: "x".repeat(100_000) } });
    const { source } = await atlas.lookup(FAQ);
    console.log(JSON.stringify({ source, grew: memories.at(-1).buffer.byteLength > before }));
  `);
  assert.deepEqual([source, grew], ["paris", true]);
});

test("no call of the reader or the verifier returns an object", async () => {
  for (const name of ["glue.js", "glue.edge-light.js", "glue.workerd.js", "glue.verify.edge-light.js", "glue.verify.workerd.js"]) {
    assert.doesNotMatch(await readFile(join(ROOT, "pkg", "lib", name), "utf8"), /@returns \{any\}/, name);
  }
});

test("a call from within a call is an error of its own, and the outer one goes on", async () => {
  const { inner, outer, instances, message } = await run("within", `
    const atlas = createAtlas(options);
    await atlas.lookup(FAQ);
    let inner;
    once((...args) => {
      inner = atlas.peek({ ...FAQ, plan: "none" }).reason;
      return hit(...args);
    });
    const outer = (await atlas.lookup(FREE)).source;
    console.log(JSON.stringify({ inner, outer, instances: memories.length, message: events[0].message }));
  `);
  assert.deepEqual([inner, outer, instances], ["internal_error", "atlas", 1]);
  assert.match(message, /called from within/);
});

test("the verifier is asked once more after an error: after a trap, on a new instance", async () => {
  const verdicts = await run("verifier", `
    const { verifySnapshot } = await import("./node_modules/@clickeen/atlas/index.js");
    const { verdicts: made } = await import("./node_modules/@clickeen/atlas/lib/verdicts.js");
    const { verdict } = made;
    const found = [() => { throw new TypeError("no function"); }, unreachable].map((run) => {
      made.verdict = () => { made.verdict = verdict; return run(); };
      return [verifySnapshot(items).verified, memories.length];
    });
    console.log(JSON.stringify(found));
  `);
  assert.deepEqual(verdicts, [[true, 1], [true, 2]]);
});
