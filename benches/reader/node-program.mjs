// One measurement in a Node process of its own: `node program.mjs MEASUREMENT FILE [CONTESTANT]`. FILE holds what to
// measure with; the result is JSON on the last line.
import { readFileSync } from "node:fs";
import { createClient } from "@vercel/edge-config";

import { cold } from "./cold.mjs";
import { lookups, manifests, refreshes } from "./contests.mjs";
import { everything, later, memory } from "./memory.mjs";
import { OVER_HTTP } from "./race.mjs";

const load = {
  atlas: async () => (await import("./atlas.mjs")).createAtlas,
  "hand-written": async () => (await import("./hand-written.mjs")).createReader,
};

const [measurement, file, contestant] = process.argv.slice(2);
const given = JSON.parse(readFileSync(file, "utf8"));

const measurements = {
  lookups: async () => lookups({ ...given, ...(await both()) }, { batchMs: 0.5, rounds: 300 }),
  refreshes: async () => refreshes({ ...given, ...(await both()) }, given.connection ? OVER_HTTP : { batchMs: 0.5, rounds: 300 }),
  manifests: async () => manifests({ ...given, ...(await both()) }, { batchMs: 5, rounds: 100 }),
  cold: () => cold({ ...given, createClient }, load[contestant]),
  memory: () => memory({ ...given, createClient }, load[contestant], everything),
  later: () => memory({ ...given, createClient }, load[contestant], later),
};
console.log(JSON.stringify(await measurements[measurement]()));

async function both() {
  return { createClient, createAtlas: await load.atlas(), createReader: await load["hand-written"]() };
}
