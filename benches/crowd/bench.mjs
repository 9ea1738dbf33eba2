// Cold lookups at once, on a good snapshot of 900 KB and on one with a damaged entry. Prints the CPU time that each takes, and
// with --check fails if the damaged one takes more than MOST times the good one. Fails if anything rejects, or is not decided
// as its snapshot asks for.
//
// "shared" is a client that gives all reads the same objects, as Vercel's own hook does; "parsed" parses each read, as an SDK
// over HTTP does, and so has fewer of them: their answers have to come within the time-out.
import assert from "node:assert/strict";

import { buildPackage } from "../../scripts/lib/builds.mjs";
import { optionsOf } from "../../scripts/lib/options.mjs";
import { step } from "../../scripts/lib/progress.mjs";
import { itemsOfSize, requestsFor } from "../reader/snapshots.mjs";
import { median } from "../reader/statistics.mjs";
import { judge } from "../verdict.mjs";

/** How many times the CPU of the good snapshot the damaged one may take. */
const MOST = 3;
/** How each lookup is decided: times are compared between two that do all their work. */
const DECIDED = { good: "atlas", damaged: "corrupt" };
const LOOKUPS = { shared: 10_000, parsed: 200 };
const ROUNDS = 3;

const { check } = optionsOf("npm run bench -- crowd", "Many cold lookups at once, on a good snapshot and on one with a damaged entry.", {
  check: { about: "exit with 1 if the damaged one takes too much CPU" },
});
await step("package", buildPackage);
const { createAtlas } = await import("../../pkg/index.js");
const items = itemsOfSize(900_000);
const [request] = requestsFor(items);
const good = JSON.stringify(items);
const damaged = good.replace('"Template number 0 of content.type0"', '"Template number 0 of content.typeX"');
if (damaged === good) throw new Error("expected a template to damage, found none");

const JSONS = { good, damaged };

/** CPU time in milliseconds, and the reads of the store. */
async function crowd(name, how) {
  const json = JSONS[name];
  const all = JSON.parse(json);
  let reads = 0;
  // Every answer comes in a turn after all lookups have begun.
  const getAll = async (keys) => {
    reads += 1;
    await new Promise((resolve) => setImmediate(resolve));
    const answer = how === "shared" ? all : JSON.parse(json);
    return Object.fromEntries(keys.map((key) => [key, answer[key]]));
  };
  const atlas = createAtlas({ client: { getAll }, timeoutMs: 5_000, log: () => {} });
  const before = process.cpuUsage();
  const decisions = await Promise.all(Array.from({ length: LOOKUPS[how] }, () => atlas.lookup(request)));
  const { user, system } = process.cpuUsage(before);
  const counts = {};
  for (const { source, reason } of decisions) counts[reason ?? source] = (counts[reason ?? source] ?? 0) + 1;
  assert.deepEqual(counts, { [DECIDED[name]]: LOOKUPS[how] }, `${how}, ${name}`);
  return { ms: (user + system) / 1000, reads };
}

const verdicts = [];
for (const how of Object.keys(LOOKUPS)) {
  console.log(`${how}: ${LOOKUPS[how]} cold lookups at once, ${good.length} bytes; CPU, medians of ${ROUNDS} rounds in turns`);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push({ good: await crowd("good", how), damaged: await crowd("damaged", how) });
  const ms = (name) => median(rounds.map((round) => round[name].ms));
  for (const name of ["good", "damaged"]) {
    console.log(`  ${name.padEnd(8)} ${ms(name).toFixed(0).padStart(6)} ms, ${rounds.at(-1)[name].reads} reads, all decided "${DECIDED[name]}"`);
  }
  const ratio = ms("damaged") / ms("good");
  const kept = ratio <= MOST;
  console.log(`  damaged over good: ${ratio.toFixed(2)} <= ${MOST} ${kept ? "kept" : "MISSED"}`);
  verdicts.push(kept);
}
judge(check, verdicts);
