// The scenarios, played inside Vitest. In its pools vmThreads and vmForks values are of several realms.
import * as atlas from "@clickeen/atlas";
import { createClient as edgeConfig } from "@vercel/edge-config";
import { createClient as globalConfig } from "@vercel/global-config";
import { expect, test } from "vitest";

import { EXPECTED } from "../expected.mjs";
import { play } from "../scenario/index.mjs";

test("every row is decided as the table says", async () => {
  const sdks = { "@vercel/edge-config": edgeConfig, "@vercel/global-config": globalConfig };
  const tables = await play({ atlas, sdks, control: process.env.ATLAS_CONTROL });
  expect(JSON.parse(JSON.stringify(tables))).toEqual({ "@vercel/edge-config": EXPECTED, "@vercel/global-config": EXPECTED });
});
