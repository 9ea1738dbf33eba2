import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
// #region tests
import * as atlasPackage from "@clickeen/atlas";
import * as globalConfig from "@vercel/global-config";
import { play } from "../scenario/index.mjs";
// #endregion

const PARIS_URL = Deno.env.get("PARIS_URL");
const client = createClient(Deno.env.get("ATLAS_EDGE_CONFIG"), { staleIfError: false });
const atlas = createAtlas({ client });

async function widget(publicId) {
  const instance = await (await fetch(`${PARIS_URL}/api/instances/${publicId}`)).json();
  return atlas.resolve(instance, async (_, { signal, headers }) => {
    const response = await fetch(`${PARIS_URL}/api/widgets/${publicId}`, { signal, headers });
    return response.json();
  });
}

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")) }, async (request) => {
  const { pathname } = new URL(request.url);
  // #region tests
  if (pathname === "/scenario") {
    const control = new URL(request.url).searchParams.get("control");
    const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
    return Response.json(await play({ atlas: atlasPackage, sdks, control }));
  }
  // #endregion
  return Response.json(await widget(pathname.slice("/e/".length)));
});
