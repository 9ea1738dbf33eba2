// How long a sync takes and how much memory, beside what psql needs to copy the same rows to a file, and beside a plain
// Node script that publishes them. All in one run, in turns, medians of the rounds. `report` prints the method.
//
//   node benches/sync/bench.mjs [--check] [--rounds 15] [--templates 2500] [--schemas 500] [--binary FILE]
//
// A bound that is missed is told; with --check it also ends the run with 1.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { buildAtlasSync } from "../cargo.mjs";
import { optionsOf } from "../../scripts/lib/options.mjs";
import { step } from "../../scripts/lib/progress.mjs";
import { atEnd } from "./at-end.mjs";
import { MOST_MB, MOST_OF_SCRIPT, missed } from "./bounds.mjs";
import { startPostgres } from "./postgres.mjs";
import { replay, startRecorder } from "./store-time.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const values = optionsOf("npm run bench -- sync", "A whole sync, beside psql and a plain Node script.", {
  rounds: { value: "N", least: 1, default: "15", about: "runs of each contestant" },
  templates: { value: "N", least: 1, default: "2500", about: "widget templates in the database" },
  schemas: { value: "N", least: 1, default: "500", about: "widget schemas in the database" },
  binary: { value: "FILE", about: "another atlas-sync than the release build" },
  check: { about: "exit with 1 if a bound is missed" },
});
const { rounds } = values;
const ATLAS = values.binary ?? join(ROOT, "target", "release", "atlas-sync");

if (!values.binary) await step("atlas-sync, release build", () => buildAtlasSync("sync"));
const postgres = await step("PostgreSQL with Michael's rows", () => startPostgres({ templates: values.templates, schemas: values.schemas }));
const state = join(postgres.directory, "store.json");
const store = await startStore();
report(await measure());
store.stop();

async function measure() {
  const env = environment(store.base);
  const sync = (options) => run(ATLAS, ["sync"], env, options);
  const script = (options) => run(process.execPath, [join(ROOT, "benches/sync/node-script.mjs")], env, options);
  const [fresh, unchanged, scripted] = await recorded();
  const contestants = {
    "psql, copy to files": { once: psql },
    "atlas-sync, all is new": { before: empty, once: sync, requests: fresh },
    "atlas-sync, nothing changed": { before: settle, once: sync, requests: unchanged },
    "Node script, pg and fetch": { before: empty, once: script, requests: scripted },
  };
  const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, { ms: [], storeMs: [] }]));
  const round = async () => {
    for (const [name, { before, once, requests }] of Object.entries(contestants)) {
      await before?.();
      results[name].ms.push(await timed(once));
      if (!requests) continue;
      await before();
      results[name].storeMs.push(await replay(store.base, requests));
    }
  };
  for (let number = 1; number <= rounds; number += 1) await step(`round ${number} of ${rounds}`, round);
  for (const [name, { before, once, requests }] of Object.entries(contestants)) {
    if (!requests) continue;
    await before();
    results[name].peakKb = (await once({ watched: true })).peakKb;
  }
  return results;
}

function environment(base) {
  return {
    ...process.env, ATLAS_SOURCE: postgres.url, ATLAS_STORE: "vercel", ATLAS_EDGE_CONFIG_ID: "ecfg_local",
    ATLAS_EDGE_CONFIG_TOKEN: "local-write", ATLAS_API_URL: base, INTERNAL_ADMIN_KEY: "bench", ATLAS_LOG: "error",
    MICHAEL: postgres.url, STORE: `${base}/v1/edge-config/ecfg_local`, TOKEN: "local-write",
  };
}

/** What a first sync asks of the store, what the next one does, and what the script does. */
async function recorded() {
  const recorder = await startRecorder(store.base);
  const env = environment(recorder.base);
  const during = async (program, args) => {
    await run(program, args, env);
    return recorder.requests.splice(0);
  };
  await empty();
  const fresh = await during(ATLAS, ["sync"]);
  const unchanged = await during(ATLAS, ["sync"]);
  await empty();
  const scripted = await during(process.execPath, [join(ROOT, "benches/sync/node-script.mjs")]);
  recorder.stop();
  return [fresh, unchanged, scripted];
}

async function empty() {
  rmSync(state, { force: true });
}

/** A snapshot stands, and has stood for long enough for the store to trust its copy of it. */
async function settle() {
  await run(ATLAS, ["sync"], environment(store.base));
  await new Promise((done) => setTimeout(done, 150));
  await run(ATLAS, ["status"], environment(store.base));
}

async function timed(once) {
  const began = performance.now();
  await once();
  return performance.now() - began;
}

async function psql() {
  const tables = ["widget_templates", "widget_schemas", "plan_features", "plan_limits"];
  const copy = (table) => ["-c", `\\copy (select * from ${table}) to '${join(postgres.directory, `${table}.copy`)}'`];
  await postgres.psql(...tables.flatMap(copy));
}

/** Runs a program to its end; if it is watched, its greatest resident memory too. Watching takes time of its own. */
async function run(program, args, env, { watched = false } = {}) {
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  let peakKb = 0;
  const sample = watched ? setInterval(() => (peakKb = Math.max(peakKb, peak(child.pid))), 1) : undefined;
  const code = await new Promise((done) => child.once("close", done));
  clearInterval(sample);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output}`);
  return { peakKb };
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
  const stop = () => child.kill();
  atEnd(stop);
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`atlas-sync dev ended with ${code} before it was listening`)));
  const [line] = await Promise.race([once(child.stdout, "data"), ended]);
  return { stop, base: /http:\S+/.exec(String(line))[0] };
}

function report(results) {
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
  const psqlMs = median(results["psql, copy to files"].ms);
  const scriptMs = median(results["Node script, pg and fetch"].ms);
  console.log(`${values.templates} templates, ${values.schemas} schemas; medians of ${rounds} rounds, in turns, whole processes.
store: a bare client makes the same requests again, on one connection, and throws the answers away.
rest: the process without the store. memory: VmHWM, in a run of its own.
A sync is held to ${MOST_OF_SCRIPT} of the script's time, all in all, and to ${MOST_MB} MB.`);
  const line = (name, ...cells) => console.log(`${name.padEnd(30)}${cells.map((cell) => cell.padStart(12)).join("")}`);
  line("", "median", "store", "rest", "all/psql", "all/script", "memory");
  for (const [name, { ms, storeMs, peakKb = 0 }] of Object.entries(results)) {
    const [all, inStore] = [median(ms), median(storeMs)];
    const times = [all, inStore, all - inStore].map((time) => `${time.toFixed(1)} ms`);
    line(name, ...times, (all / psqlMs).toFixed(2), (all / scriptMs).toFixed(2), peakKb > 0 ? `${(peakKb / 1024).toFixed(1)} MB` : "");
  }
  const syncs = Object.entries(results).filter(([name]) => name.startsWith("atlas-sync"));
  const lines = missed(scriptMs, syncs.map(([name, { ms, peakKb }]) => ({ name, ms: median(ms), peakKb })));
  for (const text of lines) console.error(`missed: ${text}`);
  if (values.check && lines.length > 0) process.exitCode = 1;
}
