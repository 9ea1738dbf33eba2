// The measurements in workerd, each asked for by a request: `POST /MEASUREMENT[/CONTESTANT]` with what to measure with.
// A cold start has two: `POST /given`, which puts the store into memory, and then `GET /cold/CONTESTANT`.
import { createClient } from "@vercel/edge-config";

import { cold } from "./cold.mjs";
import { lookups, manifests, refreshes } from "./contests.mjs";
import { OVER_HTTP } from "./race.mjs";

const load = {
  atlas: async () => (await import("./atlas.mjs")).createAtlas,
  "hand-written": async () => (await import("./hand-written.mjs")).createReader,
};

/** The clock here tells whole milliseconds, so a batch is long. */
const HOW = { batchMs: 40, rounds: 20 };

let given;

export default {
  async fetch(request) {
    const [measurement, contestant] = new URL(request.url).pathname.slice(1).split("/");
    if (request.method === "POST") given = await request.json();
    return Response.json(await measurements[measurement](contestant));
  },
};

const measurements = {
  given: () => null,
  nothing: () => null,
  lookups: async () => lookups({ ...given, ...(await both()) }, HOW),
  refreshes: async () => refreshes({ ...given, ...(await both()) }, given.connection ? OVER_HTTP : HOW),
  manifests: async () => manifests({ ...given, ...(await both()) }, HOW),
  cold: (contestant) => cold({ ...given, createClient }, load[contestant]),
};

async function both() {
  return { createClient, createAtlas: await load.atlas(), createReader: await load["hand-written"]() };
}
