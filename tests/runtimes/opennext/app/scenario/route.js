import * as atlas from "@clickeen/atlas";
import { createClient as edgeConfig } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";

import { play } from "../../scenario/index.mjs";

export const dynamic = "force-dynamic";

export async function GET(request) {
  const sdks = { "@vercel/edge-config": edgeConfig, "@vercel/global-config": globalConfig };
  return Response.json(await play({ atlas, sdks, control: new URL(request.url).searchParams.get("control") }));
}
