// What the test asks of a page: the scenarios, and the README's `inspect`, with the items read by the real SDK.
import * as atlas from "@clickeen/atlas";
import { createClient as edgeConfig } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";

import { play } from "../scenario/index.mjs";
import { inspect } from "./inspect.js";

globalThis.played = (control) => {
  const sdks = { "@vercel/edge-config": edgeConfig, "@vercel/global-config": globalConfig };
  return play({ atlas, sdks, control });
};

globalThis.inspected = async (connection, request) => inspect(await edgeConfig(connection).getAll(), request);
