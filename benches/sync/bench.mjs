// How long a sync takes and how much memory, beside what psql needs to copy the same rows to a file, and beside a plain
// Node script that publishes them. All in one run, in turns, medians of the rounds.
//
//   node benches/sync/bench.mjs [--rounds 15] [--templates 2500] [--schemas 500] [--binary FILE]
import { execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { startPostgres } from "./postgres.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "15" }, templates: { type: "string", default: "2500" }, schemas: { type: "string", default: "500" }, binary: { type: "string" } },
});
const ATLAS = values.binary ?? join(ROOT, "target", "release", "atlas-sync");
const rounds = Number(values.rounds);

if (!values.binary) execFileSync("cargo", ["build", "--release", "--bin", "atlas-sync"], { cwd: ROOT, stdio: "inherit" });
const postgres = await startPostgres({ templates: values.templates, schemas: values.schemas });
const state = join(postgres.directory, "store.json");
const store = await startStore();
try {
  report(await measure());
} finally {
  store.child.kill();
  postgres.stop();
}

async function measure() {
  const copies = ["widget_templates", "widget_schemas", "plan_features", "plan_limits"].flatMap((table) => [
    "-c", `\\copy (select * from ${table}) to '${join(postgres.directory, `${table}.copy`)}'`,
  ]);
  const env = {
    ...process.env, ATLAS_SOURCE: postgres.url, ATLAS_STORE: "vercel", ATLAS_EDGE_CONFIG_ID: "ecfg_local",
    ATLAS_EDGE_CONFIG_TOKEN: "local-write", ATLAS_API_URL: store.base, INTERNAL_ADMIN_KEY: "bench", ATLAS_LOG: "error",
    MICHAEL: postgres.url, STORE: `${store.base}/v1/edge-config/ecfg_local`, TOKEN: "local-write",
  };
  const contestants = {
    "psql, copy to files": () => psqlOnce(copies),
    "atlas-sync, all is new": () => emptied(() => processOnce(ATLAS, ["sync", "--json"], env)),
    "atlas-sync, nothing changed": () => processOnce(ATLAS, ["sync", "--json"], env),
    "Node script, pg and fetch": () => emptied(() => processOnce(process.execPath, [join(ROOT, "benches/sync/node-script.mjs")], env)),
  };
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, once] of Object.entries(contestants)) results[name].push(await once());
  }
  return results;
}

async function emptied(once) {
  rmSync(state, { force: true });
  return once();
}

async function psqlOnce(copies) {
  const began = performance.now();
  await postgres.psql(...copies);
  return { ms: performance.now() - began };
}

/** Runs a program to its end: its time, its greatest resident memory, and the time that the store itself took. */
async function processOnce(program, args, env) {
  const began = performance.now();
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  let peakKb = 0;
  const sample = setInterval(() => (peakKb = Math.max(peakKb, peak(child.pid))), 2);
  const code = await new Promise((done) => child.once("close", done));
  clearInterval(sample);
  const ms = performance.now() - began;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output}`);
  const steps = output.startsWith("{") ? JSON.parse(output).stepsMs : {};
  const storeMs = ["readStore", "publish", "readBack"].reduce((sum, step) => sum + (steps[step] ?? 0), 0);
  return { ms, peakKb, storeMs };
}

/** `VmHWM` never falls, so the last look before the end is nearly the whole truth. */
function peak(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function startStore() {
  const child = spawn(ATLAS, ["dev", "--no-sync", "--listen", "127.0.0.1:0", "--state", state, "--log", "error"], { stdio: ["ignore", "pipe", "inherit"] });
  const line = await new Promise((done) => child.stdout.once("data", (data) => done(String(data))));
  return { child, base: /http:\S+/.exec(line)[0] };
}

function report(results) {
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
  const rival = median(results["psql, copy to files"].map(({ ms }) => ms));
  console.log(`${values.templates} templates, ${values.schemas} schemas; medians of ${rounds} rounds, in turns, whole processes; memory is VmHWM`);
  console.log(`${"".padEnd(30)}${"median".padStart(10)}${"store".padStart(10)}${"rest".padStart(10)}${"rest/psql".padStart(11)}${"memory".padStart(10)}`);
  for (const [name, rounds] of Object.entries(results)) {
    const [ms, storeMs, kb] = ["ms", "storeMs", "peakKb"].map((member) => median(rounds.map((round) => round[member] ?? 0)));
    const cells = [`${ms.toFixed(1)} ms`, `${storeMs.toFixed(0)} ms`, `${(ms - storeMs).toFixed(1)} ms`, ((ms - storeMs) / rival).toFixed(2)];
    const memory = kb > 0 ? `${(kb / 1024).toFixed(1)} MB` : "";
    console.log(`${name.padEnd(30)}${cells[0].padStart(10)}${cells[1].padStart(10)}${cells[2].padStart(10)}${cells[3].padStart(11)}${memory.padStart(10)}`);
  }
}
