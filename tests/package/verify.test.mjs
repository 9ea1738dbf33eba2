// What the verifier takes: the deepest snapshot that there can be, on the small stack that the package is built with, and
// the largest, in the memory that an instance begins with.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { itemsOfSize } from "../../benches/reader/snapshots.mjs";
import { canonical, snapshot } from "../../scripts/lib/format.mjs";
import { install, runNode } from "./installed.mjs";

let installed;
before(async () => {
  installed = await install();
});
after(() => installed?.remove());

/** The verdicts on several stores, and the most memory that an instance had. */
async function verify(stores) {
  await writeFile(join(installed.project, "stores.json"), JSON.stringify(stores));
  return runNode(installed.project, "verify.mjs", `
    import { readFileSync } from "node:fs";
    const memories = [];
    WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
      construct(target, args) {
        const instance = new target(...args);
        memories.push(...Object.values(instance.exports).filter((value) => value instanceof WebAssembly.Memory));
        return instance;
      },
    });
    const { verifySnapshot } = await import("@clickeen/atlas");
    const stores = JSON.parse(readFileSync("stores.json", "utf8"));
    const verdicts = stores.map(verifySnapshot);
    const bytes = Math.max(...memories.map(({ buffer }) => buffer.byteLength));
    console.log(JSON.stringify({ verdicts, instances: memories.length, bytes }));
  `);
}

/** What an entry, its payload and a record nest around a template's defaults. */
const AROUND = 3;

const NESTS = {
  arrays: (inner) => [inner],
  objects: (inner) => ({ b: inner, "é\n": 1, a: [] }),
  both: (inner) => [1, { a: inner }],
};

function nested(nest, levels) {
  let value = {};
  for (let depth = 1; depth < levels; depth += nest === NESTS.both ? 2 : 1) value = nest(value);
  return { deep: value };
}

function storeOf(defaults) {
  const template = {
    accents: [], defaults, density: null, descriptor: {}, layout: null, name: "n", premium: false, schemaVersion: "1", skin: null,
    widgetType: "t",
  };
  const plan = { branding: { enforced: true }, features: {}, limits: {} };
  return snapshot({ widgetTemplates: { a: template }, widgetSchemas: { t: { 1: { schema: {} } } }, planHints: { free: plan } });
}

test("the deepest snapshot is verified on the package's stack, in order or not, and one that is deeper is refused", async () => {
  const deepest = 127 - AROUND - 1;
  const cases = Object.entries(NESTS).flatMap(([name, nest]) => [
    [`${name}, deepest`, storeOf(nested(nest, deepest)), true],
    [`${name}, deeper`, storeOf(nested(nest, deepest + 2)), false],
  ]);
  const inOrder = cases.map(([, store]) => JSON.parse(canonical(store)));
  const { verdicts, instances } = await verify([...cases.map(([, store]) => store), ...inOrder]);
  [...cases, ...cases].forEach(([name, , good], at) => {
    const failed = verdicts[at].entries.filter(({ status }) => status === "failed");
    assert.equal(verdicts[at].verified, good, `${name}: ${JSON.stringify(failed)}`);
    if (!good) assert.match(failed[0].message, /no deeper nesting/, name);
  });
  assert.equal(instances, 1, "none was dropped for a trap");
});

test("a megabyte is verified in one page of memory", async () => {
  const store = itemsOfSize(990_000);
  const { verdicts, bytes } = await verify([store]);
  assert.equal(verdicts[0].verified, true);
  assert.equal(bytes, 65_536);
});

test("a record that is larger than a page gets as many more as it needs", async () => {
  const [large, larger] = [300_000, 600_000].map((length) => storeOf({ a: "x".repeat(length) }));
  const { verdicts, bytes } = await verify([large, larger, itemsOfSize(990_000), larger]);
  assert.deepEqual(verdicts.map(({ verified }) => verified), [true, true, true, true]);
  assert.ok(bytes > 600_000 && bytes < 4_000_000, `${bytes} bytes`);
});
