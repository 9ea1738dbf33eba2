import * as atlasPackage from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import * as globalConfig from "@vercel/global-config";
import { play } from "../scenario/index.mjs";
import { answer } from "./widget.js";

async function handle(request) {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/scenario") return answer(pathname.slice("/e/".length));
  const sdks = { "@vercel/edge-config": createClient, "@vercel/global-config": globalConfig.createClient };
  return Response.json(await play({ atlas: atlasPackage, sdks, control: searchParams.get("control") }));
}

addEventListener("fetch", (event) => event.respondWith(handle(event.request)));
