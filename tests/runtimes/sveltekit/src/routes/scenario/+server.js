import * as atlas from "@clickeen/atlas";
import { createClient as edgeConfig } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";
import { json } from "@sveltejs/kit";

import { play } from "../../../../scenario/index.mjs";

export async function GET({ url }) {
  const sdks = { "@vercel/edge-config": edgeConfig, "@vercel/global-config": globalConfig };
  return json(await play({ atlas, sdks, control: url.searchParams.get("control") }));
}
