const { createServer } = require("node:http");
const { answer } = require("./widget.cjs");

createServer(async (request, response) => {
  const [pathname] = request.url.split("?");
  // #region tests
  if (pathname === "/scenario") {
    const control = new URL(request.url, "http://localhost").searchParams.get("control");
    const { play } = await import("../scenario/index.mjs");
    const { createClient } = require("@vercel/edge-config");
    const globalConfig = require("@vercel/global-config");
    const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
    const tables = await play({ atlas: require("@clickeen/atlas"), sdks, control });
    return response.end(JSON.stringify(tables));
  }
  // #endregion
  const answered = await answer(pathname.slice("/e/".length));
  response.writeHead(answered.status, { "content-type": "application/json" }).end(await answered.text());
}).listen(process.env.PORT, "127.0.0.1");
