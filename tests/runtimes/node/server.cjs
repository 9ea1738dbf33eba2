const { createServer } = require("node:http");
const { createAtlas } = require("@clickeen/atlas");
const { createClient } = require("@vercel/edge-config");

const { ATLAS_EDGE_CONFIG, PARIS_URL, PORT } = process.env;

const atlas = createAtlas({ client: createClient(ATLAS_EDGE_CONFIG, { staleIfError: false }) });

async function widget(publicId) {
  const instance = await (await fetch(`${PARIS_URL}/api/instances/${publicId}`)).json();
  return atlas.resolve(instance, async (_, { signal, headers }) => {
    const response = await fetch(`${PARIS_URL}/api/widgets/${publicId}`, { signal, headers });
    return response.json();
  });
}

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  // #region tests
  if (pathname === "/scenario") {
    const control = new URL(request.url, "http://localhost").searchParams.get("control");
    const { play } = await import("../scenario/index.mjs");
    const globalConfig = require("@vercel/global-config");
    const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
    const tables = await play({ atlas: require("@clickeen/atlas"), sdks, control });
    return response.end(JSON.stringify(tables));
  }
  // #endregion
  response.end(JSON.stringify(await widget(pathname.slice("/e/".length))));
}).listen(PORT, "127.0.0.1");
