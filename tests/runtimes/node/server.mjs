import { createServer } from "node:http";
import { answer } from "./widget.js";
// #region tests
import { createClient } from "@vercel/edge-config";
import * as atlasPackage from "@clickeen/atlas";
import * as globalConfig from "@vercel/global-config";
import { play } from "../scenario/index.mjs";
// #endregion

createServer(async (request, response) => {
  const [pathname] = request.url.split("?");
  // #region tests
  if (pathname === "/scenario") {
    const control = new URL(request.url, "http://localhost").searchParams.get("control");
    const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
    const tables = await play({ atlas: atlasPackage, sdks, control });
    return response.end(JSON.stringify(tables));
  }
  // #endregion
  const answered = await answer(pathname.slice("/e/".length));
  response.writeHead(answered.status, { "content-type": "application/json" }).end(await answered.text());
}).listen(process.env.PORT, "127.0.0.1");
