// A cold start: what the first request of a fresh process or isolate waits for, with Atlas, with the SDK alone, with the least
// that one would write by hand, and with what a careful team would write. All in one run, in turns.
//
//   npm run bench -- cold [--json FILE] [--check] [--rounds 15] [--only node]
//
// A target that is missed is told; with --check it also ends the run with 1.
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";

import { buildPackage, installPackage } from "../../scripts/lib/builds.mjs";
import { ROOT } from "../../scripts/lib/paths.mjs";
import { buildAtlasSync } from "../cargo.mjs";
import { optionsOf } from "../../scripts/lib/options.mjs";
import { step } from "../../scripts/lib/progress.mjs";
import { median, p99 } from "../reader/statistics.mjs";
import { judge } from "../verdict.mjs";
import { edgeVm } from "./edge-vm.mjs";
import { next } from "./next.mjs";
import { node } from "./node.mjs";
import { assertSameDecisions } from "./same.mjs";
import { stores } from "./stores.mjs";
import { workerd } from "./workerd.mjs";

const METHOD = `
Method. A fresh process for each sample, contestants in turns; the store is atlas-sync dev (release build) on loopback, told to
answer so many milliseconds late. The SDK and fetch are loaded before; there is no connection to the store.
  import     of the package in Node, of what next build made of it in Next.js (next start, a route), and of one bundled
             file in workerd and in the edge VM (@edge-runtime/vm, no code generation)
  wire       from the first call until the headers of the first read are on the socket (Node alone)
  decision   from the first call, createAtlas included, to the decision
sdk is the SDK's own first getAll of the same keys; embedded is Atlas with the same snapshot in the deployment, in background mode.
`;

const RUNTIMES = { node, next, workerd, "edge-vm": edgeVm };
const values = optionsOf("npm run bench -- cold", "The first decision of a fresh process or isolate, beside the SDK alone and what one would write by hand.", {
  rounds: { value: "N", least: 1, default: "15", about: "starts of each contestant" },
  only: { value: "RUNTIME", oneOf: Object.keys(RUNTIMES), about: "one runtime; edge-vm has no targets" },
  check: { about: "exit with 1 if a target is missed" },
  json: { value: "FILE", about: "write the figures there too" },
});
const { rounds } = values;

/** A size, the latency of the store in milliseconds, and who starts. */
const RUNS = [
  ["Phase 1", 1, ["sdk", "atlas", "lean"]],
  ["Phase 1", 5, ["sdk", "atlas", "embedded", "lean", "hand-written"]],
  ["Phase 1", 15, ["sdk", "atlas", "lean"]],
  ["100 KB", 5, ["sdk", "atlas", "embedded", "lean", "hand-written"]],
  ["1 MB", 5, ["sdk", "atlas", "embedded", "lean", "hand-written"]],
];

await step("package", buildPackage);
await step("atlas-sync, release build", () => buildAtlasSync("cold"));
await step("package for the edge VM", () => installPackage(join(ROOT, "tests", "runtimes", "edge-vm")));
await step("the contestants decide the same", assertSameDecisions);
process.env.ATLAS_DEV_COMMAND = `${join(ROOT, "target", "release", "atlas-sync")} dev --no-sync --log error`;
const { startStore } = await import("../../tests/sdk/store.mjs");
const store = await startStore();
const runtimes = Object.entries(RUNTIMES).filter(([name]) => (values.only ?? name) === name);
const figures = [];
try {
  const bySize = await stores();
  for (const [runtime, prepare] of runtimes) {
    const start = await step(`bundles for ${runtime}`, prepare);
    for (const [size, latency, names] of RUNS) {
      await step(`${runtime}, ${size}, store at ${latency} ms`, () => measure({ runtime, start, size, latency, names, ...bySize[size] }));
    }
  }
} finally {
  await store.stop();
}
const verdicts = verdictsOf();
report();
if (values.json) await writeFile(values.json, `${JSON.stringify({ method: METHOD.trim(), figures, verdicts }, null, 1)}\n`);
judge(values.check, verdicts.map(({ kept }) => kept));

async function measure({ runtime, start, size, latency, names, items, request }) {
  await store.faults();
  await store.put(items);
  await store.faults({ kind: "slow", ms: latency, on: "reads" });
  const given = { connection: store.connectionString, request, snapshot: JSON.stringify(items) };
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) found[name].push(await start(name, given));
  }
  for (const [contestant, samples] of Object.entries(found)) {
    const of = (what) => samples.map((sample) => sample[what]).filter((ms) => ms !== null);
    figures.push({ runtime, size, latency, contestant, importMs: of("importMs"), wireMs: of("wireMs"), decisionMs: of("decisionMs") });
  }
}

function verdictsOf() {
  const found = [];
  // The edge VM is Node with a sandbox around it: what it adds says nothing of Vercel's network, so it has no targets.
  for (const [runtime] of runtimes.filter(([name]) => name !== "edge-vm")) {
    const of = (size, latency, contestant, what) =>
      median(figures.find((one) => one.runtime === runtime && one.size === size && one.latency === latency && one.contestant === contestant)[what]);
    const add = (what, value, most, unit) => found.push({ runtime, what, value, most, unit, kept: value <= most });
    const decision = (size, contestant) => of(size, 5, contestant, "decisionMs");
    add("Phase 1, store at 5 ms: decision after the SDK's getAll", decision("Phase 1", "atlas") - decision("Phase 1", "sdk"), 3, "ms");
    if (runtime !== "workerd") add("import", of("Phase 1", 5, "atlas", "importMs"), 4, "ms");
    for (const size of ["100 KB", "1 MB"]) add(`${size}, store at 5 ms: decision, of the lean rival's`, decision(size, "atlas") / decision(size, "lean"), 1, "x");
  }
  return found;
}

function report() {
  console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, ${rounds} rounds`);
  console.log(METHOD);
  console.log(row("runtime", "size", "store", "contestant", "import", "wire", "decision", "p99"));
  for (const { runtime, size, latency, contestant, importMs, wireMs, decisionMs } of figures) {
    const wire = wireMs.length > 0 ? shown(median(wireMs)) : "none";
    console.log(row(runtime, size, `${latency} ms`, contestant, shown(median(importMs)), wire, shown(median(decisionMs)), shown(p99(decisionMs))));
  }
  console.log();
  for (const { runtime, what, value, most, unit, kept } of verdicts) {
    console.log(`${runtime.padEnd(8)} ${what.padEnd(56)} ${value.toFixed(2).padStart(7)} ${unit.padEnd(3)} <= ${most}  ${kept ? "kept" : "MISSED"}`);
  }
}

function row(runtime, size, store, contestant, ...times) {
  return [runtime.padEnd(9), size.padEnd(9), store.padEnd(7), contestant.padEnd(14), ...times.map((time) => time.padStart(11))].join("");
}

function shown(ms) {
  return `${ms.toFixed(2)} ms`;
}
