import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import snapshot from "./atlas-snapshot.mjs";

const atlas = createAtlas({
  client: createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false }),
  snapshot,
  revalidate: "background",
});

export default {
  async fetch(request, env, context) {
    const instance = Object.fromEntries(new URL(request.url).searchParams);
    const decision = await atlas.lookup(instance, { waitUntil: (work) => context.waitUntil(work) });
    return Response.json(decision);
  },
};
