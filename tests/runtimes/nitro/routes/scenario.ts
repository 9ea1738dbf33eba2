import * as atlas from "@clickeen/atlas";
import { createClient as edgeConfig } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";
import { defineEventHandler, getQuery } from "h3";

import { play } from "../../scenario/index.mjs";

export default defineEventHandler((event) => {
  const sdks = { "@vercel/edge-config": edgeConfig, "@vercel/global-config": globalConfig };
  return play({ atlas, sdks, control: getQuery(event).control });
});
