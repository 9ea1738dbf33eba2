// One cold start in workerd: `POST /given` with where the store is and what to look up, `GET /load/CONTESTANT`, and then
// `GET /first/CONTESTANT`, which is timed from outside beside `GET /nothing`.
import { createClient } from "@vercel/edge-config";

import { contestants } from "./contestants.mjs";

const all = contestants({
  atlas: () => import("./atlas.mjs"),
  lean: () => import("./lean.mjs"),
  "hand-written": () => import("./hand-written.mjs"),
});
let given;
let module;

const answers = {
  given: async (_, request) => (given = await request.json()),
  nothing: () => {},
  load: async (name) => (module = await all[name].load()),
  first: (name) => {
    const { connection, request, snapshot } = given;
    return all[name].first(module, { client: createClient(connection, { staleIfError: false }), request, snapshot });
  },
};

export default {
  async fetch(request) {
    const [what, name] = new URL(request.url).pathname.slice(1).split("/");
    await answers[what](name, request);
    return new Response("done");
  },
};
