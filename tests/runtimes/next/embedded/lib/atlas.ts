import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import snapshot from "./atlas-snapshot";

export const atlas = createAtlas({
  client: createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false }),
  snapshot,
  revalidate: "background",
});
