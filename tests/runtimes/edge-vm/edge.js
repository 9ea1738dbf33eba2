import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import * as atlasPackage from "@clickeen/atlas";
import * as globalConfig from "@vercel/global-config";
import { play } from "../scenario/index.mjs";

const { ATLAS_EDGE_CONFIG, PARIS_URL } = process.env;
const atlas = createAtlas({ client: createClient(ATLAS_EDGE_CONFIG, { staleIfError: false }) });

async function widget(publicId) {
  const instance = await (await fetch(`${PARIS_URL}/api/instances/${publicId}`)).json();
  return atlas.resolve(instance, async (_, { signal, headers }) => {
    const response = await fetch(`${PARIS_URL}/api/widgets/${publicId}`, { signal, headers });
    return response.json();
  });
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/scenario") return Response.json(await widget(pathname.slice("/e/".length)));
  const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
  return Response.json(await play({ atlas: atlasPackage, sdks, control: searchParams.get("control") }));
}

addEventListener("fetch", (event) => event.respondWith(answer(event.request)));
