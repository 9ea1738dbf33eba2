import { answer } from "./widget.js";
// #region tests
import { createClient } from "@vercel/edge-config";
import * as atlasPackage from "@clickeen/atlas";
import * as globalConfig from "@vercel/global-config";
import { play } from "../scenario/index.mjs";
// #endregion

Bun.serve({
  hostname: "127.0.0.1",
  port: process.env.PORT,
  // #region tests
  // Seconds, in place of 10: all scenarios are one request.
  idleTimeout: 120,
  // #endregion
  async fetch(request) {
    const { pathname } = new URL(request.url);
    // #region tests
    if (pathname === "/scenario") {
      const control = new URL(request.url).searchParams.get("control");
      const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
      return Response.json(await play({ atlas: atlasPackage, sdks, control }));
    }
    // #endregion
    return answer(pathname.slice("/e/".length));
  },
});
