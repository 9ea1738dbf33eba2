// Three verifiers judge the same mutated snapshots: the crate natively, the crate as Wasm in the packed package, and one
// in plain JavaScript (reference.mjs). They must say the same of every entry.
//
//   ATLAS_SEED=7 ATLAS_CASES=1000 node --test tests/differential/differential.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { ROOT, install } from "../package/installed.mjs";
import { flavours } from "./flavours.mjs";
import { mutated, mutationsOf } from "./mutations.mjs";
import { startNative } from "./native.mjs";
import { reference } from "./reference.mjs";

const SEED = Number(process.env.ATLAS_SEED ?? Math.floor(Math.random() * 2 ** 31));
const CASES = Number(process.env.ATLAS_CASES ?? 20_000);
/** How many the native verifier judges while the others do. */
const BATCH = 200;

let installed, native, inWasm, bases;
before(async () => {
  installed = await install();
  native = await startNative();
  const { verifySnapshot } = await import(pathToFileURL(join(installed.target, "index.js")));
  inWasm = (items) => Object.fromEntries(verifySnapshot(items).entries.map(({ key, reason }) => [key, reason ?? "verified"]));
  const golden = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "golden", "store.json"), "utf8"));
  const tiny = small(golden);
  bases = Array.from({ length: 25 }, (_, at) => (at === 0 ? withoutMarkers(golden) : tiny));
});
after(async () => {
  await native?.stop();
  await installed?.remove();
});

test("natively, in Wasm and in the reference every mutated snapshot is judged alike", async () => {
  console.log(`seed ${SEED}, ${CASES} cases`);
  const told = {};
  for (let from = 0; from < CASES; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, CASES - from) }, (_, at) => from + at);
    const verdicts = await Promise.all(numbers.map((at) => judge(at, mutationsOf(SEED + at))));
    for (const [place, at] of numbers.entries()) {
      if (differ(verdicts[place])) assert.fail(await explained(at, mutationsOf(SEED + at)));
      for (const reason of Object.values(verdicts[place].reference)) told[reason] = (told[reason] ?? 0) + 1;
    }
  }
  console.log(JSON.stringify(told));
  // A test whose cases are all good, or all bad for the same reason, compares nothing.
  for (const reason of ["verified", "corrupt", "key_missing", "unsupported_format"]) assert.ok(told[reason] > CASES / 100, `${reason}: ${told[reason]}`);
});

test("values that JSON cannot carry are corrupt, wherever they stand", () => {
  const odd = [Infinity, -Infinity, NaN, [undefined], [() => {}], [Symbol("s")], new Array(1), 1n];
  for (const value of odd) {
    const items = structuredClone(bases[1]);
    const [template] = Object.values(items.atlas_v1_widgetTemplates.payload);
    const sealed = reseal(items, (written) => (template.defaults.odd = written), null);
    template.defaults.odd = value;
    const found = inWasm(sealed);
    assert.deepEqual([found["atlas:v1:widgetTemplates"], found["atlas:v1:manifest"]], ["corrupt", "verified"], String(value?.[0] ?? value));
  }
});

/** Seals the templates and the manifest while the odd place holds what JSON writes for it. */
function reseal(items, set, stands) {
  set(stands);
  const key = "atlas_v1_widgetTemplates";
  const texts = mutated(items, [{ key, kind: "reverseAll", seed: 1, seal: "canonical" }, { key: "atlas_v1_manifest", kind: "publish", seal: "canonical" }]);
  const checksum = (stored) => JSON.parse(texts[stored]).checksum;
  items[key].checksum = checksum(key);
  items.atlas_v1_manifest = JSON.parse(texts.atlas_v1_manifest);
  return items;
}

/** One case, judged three times. */
async function judge(at, mutations) {
  const texts = mutated(bases[at % bases.length], mutations);
  const items = flavours[at % flavours.length](texts);
  const natively = native.judge(texts);
  const [wasm, told] = [inWasm(items), reference(items)];
  return { native: await natively, wasm, reference: told };
}

function differ({ native, wasm, reference }) {
  return !isDeepStrictEqual(native, reference) || !isDeepStrictEqual(wasm, reference);
}

/** The smallest case that still differs, by leaving out mutations one at a time. */
async function explained(at, mutations) {
  let smallest = mutations;
  for (let place = 0; place < smallest.length; ) {
    const shorter = smallest.toSpliced(place, 1);
    if (differ(await judge(at, shorter))) smallest = shorter;
    else place += 1;
  }
  const base = bases[at % bases.length];
  const texts = Object.entries(mutated(base, smallest)).filter(([key, text]) => text !== JSON.stringify(base[key]));
  return [
    `seed ${SEED}, case ${at} (ATLAS_SEED=${SEED + at} ATLAS_CASES=1 repeats it if the base and the realm are the first)`,
    `realm: ${flavours[at % flavours.length].name}`,
    ...smallest.map((mutation) => JSON.stringify(mutation)),
    JSON.stringify(await judge(at, smallest), null, 1),
    ...texts.map(([key, text]) => `${key}: ${text}`),
  ].join("\n");
}

/** The golden snapshot with one record in each entry and little in it, sealed anew. */
function small(golden) {
  const items = structuredClone(withoutMarkers(golden));
  for (const [key, { payload }] of Object.entries(items)) {
    if (payload) items[key].payload = thinned(Object.fromEntries(Object.entries(payload).slice(0, 1)), 0);
  }
  const keys = Object.keys(items).filter((key) => key !== "atlas_v1_manifest");
  const seals = keys.map((key) => ({ key, kind: "reverseAll", seed: 1, seal: "canonical" }));
  const texts = mutated(items, [...seals, ...seals, { key: "atlas_v1_manifest", kind: "publish", seal: "canonical" }]);
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text)]));
}

/** Of what a record holds at most three members, or elements, each. */
function thinned(value, depth) {
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).slice(0, depth < 3 ? undefined : 3).map(([name, inner]) => [name, thinned(inner, depth + 1)]);
  return Array.isArray(value) ? kept.map(([, inner]) => inner) : Object.fromEntries(kept);
}

function withoutMarkers(items) {
  return Object.fromEntries(Object.entries(items).filter(([key]) => !key.startsWith("atlas_v1_rev_")));
}
