import { createClient } from "@vercel/edge-config";
import { createAtlas } from "@clickeen/atlas";
import snapshot from "./atlas-snapshot.mjs";

export const atlas = createAtlas({
  client: createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false }),
  publicKeys: process.env.ATLAS_PUBLIC_KEYS.split(","),
  snapshot,
  revalidate: "background",
  lastResortMaxAgeMs: 7 * 86_400_000,
});
