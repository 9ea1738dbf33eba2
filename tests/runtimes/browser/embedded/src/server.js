import { createServer } from "node:http";
import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import snapshot from "./atlas-snapshot.mjs";

const atlas = createAtlas({
  client: createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false }),
  snapshot,
  revalidate: "background",
});

/** A server's process goes on after an answer, so there is nothing to wait for. */
const context = { waitUntil() {} };

createServer(async ({ url }, response) => {
  const instance = Object.fromEntries(new URLSearchParams(url.split("?")[1]));
  const decision = await atlas.lookup(instance, context);
  response.setHeader("content-type", "application/json").end(JSON.stringify(decision));
}).listen(process.env.PORT, "127.0.0.1");
