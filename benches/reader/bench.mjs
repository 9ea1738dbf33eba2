// How fast Atlas's reader is and what it holds, beside the SDK's own `get` and beside what a careful team would write by
// hand (hand-written.ts), in Node and in workerd, on snapshots of three sizes. All in one run, contestants in turns.
//
//   node benches/reader/bench.mjs [--json FILE] [--check] [--rounds 15] [--only node]
//
// A target that is missed is told; with --check it also ends the run with 1.
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";

import { buildPackage } from "../../scripts/lib/builds.mjs";
import { ROOT } from "../../scripts/lib/paths.mjs";
import { buildAtlasSync } from "../cargo.mjs";
import { optionsOf } from "../../scripts/lib/options.mjs";
import { step } from "../../scripts/lib/progress.mjs";
import { judge } from "../verdict.mjs";
import { OUT } from "./contestants.mjs";
import { node } from "./node.mjs";
import { alike, compare, difference, printComparisons, printFigures } from "./report.mjs";
import { assertSameDecisions } from "./same.mjs";
import { heartbeats, signer } from "./signing.mjs";
import { SIZES, SMALL_KEY, bytes, itemsOfSize, requestsFor } from "./snapshots.mjs";
import { workerd } from "./workerd.mjs";

const METHOD = `
Method. Contestants run in turns within one process, in batches; a sample is a batch's time by its number of calls. A ratio is
the median of the ratios within each round.
  lookup        from the memo, in a loop; the SDK's get reads a key from memory (its privateEdgeConfig hook). The SDK reads no
                clock; how long one call of it takes is measured too, since Atlas reads it for each answer. In three
                processes, since what an engine compiles differs from one process to the next
  refresh       a clock set forward makes each lookup read the manifest; that it did is counted; the same hook. A read from
                memory takes less than the timer of its deadline, which Atlas keeps and the SDK has not, and than one call
                of the Wasm: so its rival is the hand-written reader
  refresh, http the same against the local store on loopback (atlas-sync dev, release build), in three processes too
  new manifest  a refresh that finds another manifest each time, from memory: with a public key, and without
  cold          import, first reader, first verified decision; a fresh process each; snapshot in memory, SDK loaded
  memory        heap + external (with Wasm) after garbage collection, snapshot included; a fresh process each, WebCrypto and
                what fetch needs loaded, as they are where the SDK reads; "no code": without what a warm reader holds before it reads;
                "later": when V8 has collected ten times by itself while the contestant served, and so dropped what code no
                longer ran
In workerd a batch is 40 ms by the worker's clock (whole milliseconds; it goes on during a computation), and a cold start
is timed from outside, as what its request takes longer than one that does nothing.
`;

const RUNTIMES = { node, workerd };
const CONTESTANTS = ["atlas", "hand-written"];
const values = optionsOf("npm run bench -- reader", "Atlas's reader, beside the SDK's own get and beside one written by hand.", {
  rounds: { value: "N", least: 1, default: "15", about: "cold starts of each contestant" },
  only: { value: "RUNTIME", oneOf: Object.keys(RUNTIMES), about: "one runtime" },
  check: { about: "exit with 1 if a target is missed" },
  json: { value: "FILE", about: "write the figures there too" },
});
const { rounds } = values;

await prepare();
const began = performance.now();
const store = await localStore();
const figures = [];
const runtimes = Object.entries(RUNTIMES).filter(([name]) => (values.only ?? name) === name);
const sizes = [];
try {
  for (const [size, most] of Object.entries(SIZES)) {
    const given = await givenOfSize(size, most);
    sizes.push(`${size}: ${given.bytes} bytes`);
    for (const [name, runtime] of runtimes) await measure(name, await runtime(), size, given);
  }
} finally {
  await store.stop();
}
const comparisons = compareAll();
report();
if (values.json) await writeFile(values.json, `${JSON.stringify({ method: METHOD.trim(), sizes, figures, comparisons }, null, 1)}\n`);
judge(values.check, comparisons.map(({ kept }) => kept).filter((kept) => kept !== null));

async function prepare() {
  await step("package", buildPackage);
  await step("atlas-sync, release build", () => buildAtlasSync("reader"));
  await mkdir(OUT, { recursive: true });
  await step("the contestants decide the same", assertSameDecisions);
}

async function localStore() {
  process.env.ATLAS_DEV_COMMAND = `${join(ROOT, "target", "release", "atlas-sync")} dev --no-sync --log error`;
  const { startStore } = await import("../../tests/sdk/store.mjs");
  return startStore();
}

/** What a measurement needs, as a text for a request and as a file for a process: once in memory, once over HTTP. */
async function givenOfSize(size, most) {
  const { publicKey, signed } = signer();
  const unsigned = itemsOfSize(most);
  const items = { ...unsigned, atlas_v1_manifest: signed(unsigned.atlas_v1_manifest) };
  await store.put(items);
  const given = { requests: requestsFor(items), smallKey: SMALL_KEY, publicKey };
  const written = async (name, content) => {
    const text = JSON.stringify(content);
    const file = join(OUT, `${name}.json`);
    await writeFile(file, text);
    return { text, file };
  };
  const memory = await written("memory", { ...given, items });
  const beating = await written("beating", { ...given, items, heartbeats: heartbeats(unsigned.atlas_v1_manifest, signed) });
  const http = await written("http", { ...given, connection: store.connectionString });
  const held = await written("held", { ...given, itemsFile: (await written("items", items)).file });
  return { memory, beating, http, held, bytes: bytes(items) };
}

async function measure(runtime, measurements, size, given) {
  const { race, memory, later } = measurements;
  const note = (what, contestant, unit, samples) => figures.push({ runtime, what, size, contestant, unit, samples });
  const noteAll = (what, results) => Object.entries(results).forEach(([contestant, { samples }]) => note(what, contestant, "ns", samples));
  const timed = async (what, once) => noteAll(what, await step(`${runtime}, ${size}: ${what}`, once));
  await timed("lookup", () => overAgain(() => race("lookups", given.memory)));
  await timed("refresh", () => race("refreshes", given.memory));
  await timed("refresh, http", () => overAgain(() => race("refreshes", given.http)));
  await timed("new manifest", () => race("manifests", given.beating));

  const starts = await step(`${runtime}, ${size}: cold`, () => coldStarts(measurements.cold, given.memory));
  for (const [name, samples] of Object.entries(starts)) note("cold", name, "ms", samples);

  // The least that is measured: beside so little as 10 KB, what the process itself lets go of meanwhile is all there is.
  if (!memory || size === "10 KB") return;
  for (const [what, measured] of Object.entries({ memory, "memory, later": later })) {
    const held = await step(`${runtime}, ${size}: ${what}`, () => heldBy(measured, given.held));
    for (const [name, samples] of Object.entries(held)) note(what, name, "KB", samples);
  }
}

async function coldStarts(cold, given) {
  const starts = Object.fromEntries(CONTESTANTS.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? CONTESTANTS : CONTESTANTS.toReversed()) starts[name].push(await cold(name, given));
  }
  return starts;
}

async function heldBy(measured, given) {
  const held = {};
  const keep = (name, bytes) => (held[name] ??= []).push(bytes);
  for (let round = 0; round < 7; round += 1) {
    keep("parsed", (await measured("parsed", given)).held);
    for (const name of CONTESTANTS) {
      const found = await measured(name, given);
      keep(name, found.held);
      keep(`${name}, no code`, found.held - found.code);
      if (found.wasm > 0) keep("of it Wasm memory", found.wasm);
    }
  }
  return held;
}

/** A race in three processes, their rounds one after the other. */
async function overAgain(race) {
  const all = {};
  for (let process = 0; process < 3; process += 1) {
    for (const [contestant, { samples }] of Object.entries(await race())) (all[contestant] ??= { samples: [] }).samples.push(...samples);
  }
  return all;
}

function compareAll() {
  const comparisons = [];
  for (const [runtime] of runtimes) {
    for (const size of Object.keys(SIZES)) {
      const add = (what, contestant, rival, most) => comparisons.push(compare(figures, { runtime, what, size, contestant, rival, most }));
      add("lookup", "Atlas lookup", "SDK get", 0.3);
      add("lookup", "Atlas peek", "SDK get", 0.15);
      add("lookup", "hand-written lookup", "SDK get");
      add("lookup", "the clock", "SDK get");
      add("refresh", "Atlas refresh", "SDK get");
      add("refresh", "Atlas refresh", "SDK get, deadline");
      add("refresh", "Atlas refresh", "hand-written refresh", 0.5);
      add("refresh", "hand-written refresh", "SDK get");
      add("refresh", "SDK get, deadline", "SDK get");
      add("refresh, http", "Atlas refresh", "SDK get", 1.15);
      add("refresh, http", "Atlas refresh, signed", "Atlas refresh", 1.1);
      add("refresh, http", "hand-written refresh", "SDK get");
      add("refresh, http", "SDK get, deadline", "SDK get");
      comparisons.push(difference(figures, { runtime, what: "new manifest", size, contestant: "signed", rival: "unsigned", most: 0.5 }));
      // At 10 KB the fixed costs are all there is; the target is for snapshots that are worth a cache.
      add("cold", "atlas", "hand-written", size === "10 KB" ? undefined : 1);
      if (runtime === "node" && size !== "10 KB") {
        // Code and an empty Wasm instance weigh more than a small snapshot; only the largest can outweigh them.
        const mostWithCode = size === "1 MB" ? 1.3 : undefined;
        add("memory", "atlas", "parsed", mostWithCode);
        add("memory", "hand-written", "parsed");
        add("memory, later", "atlas", "parsed", mostWithCode);
        add("memory, later", "hand-written", "parsed");
        add("memory", "atlas, no code", "parsed", 1.5);
        add("memory", "hand-written, no code", "parsed");
      }
    }
    for (const [what, contestant, rival] of [
      ["lookup", "Atlas lookup", "SDK get"],
      ["lookup", "Atlas peek", "SDK get"],
      ["refresh", "Atlas refresh", "SDK get, deadline"],
      ["refresh, http", "Atlas refresh", "SDK get"],
    ]) {
      comparisons.push(alike(comparisons, { runtime, what, contestant, rival, most: 1.25 }));
    }
  }
  return comparisons;
}

function report() {
  const colour = process.stdout.isTTY === true;
  console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}; ${sizes.join(", ")}`);
  console.log(METHOD);
  printFigures(figures);
  console.log();
  printComparisons(comparisons, colour);
  const missed = comparisons.filter(({ kept }) => kept === false).length;
  console.log(`\n${missed} of ${comparisons.filter(({ kept }) => kept !== null).length} targets missed; ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
