// The explorer as a Worker: a request brings what snapshots.mjs prepared and the plan, and takes back what came of it.
import { verifySnapshot } from "@clickeen/atlas";

import { explore } from "./explore.mjs";
import { atlasOver } from "./node_modules/@clickeen/atlas/lib/atlas.js";
import * as glue from "./node_modules/@clickeen/atlas/lib/glue.workerd.js";
import { host } from "./node_modules/@clickeen/atlas/lib/host.js";
import { Item } from "./node_modules/@clickeen/atlas/lib/items.js";
import { EDGE } from "./node_modules/@clickeen/atlas/lib/runtime.js";
import { Wasm } from "./node_modules/@clickeen/atlas/lib/wasm.js";

// As the entry makes it; the instance is at hand, so that a schedule can begin cold.
const wasm = new Wasm(glue);
const atlas = { createAtlas: atlasOver(wasm, EDGE), verifySnapshot, wasm };
const unhandled = [];
addEventListener("unhandledrejection", ({ reason }) => unhandled.push(reason));
const { setTimeout } = globalThis;
const breathe = () => new Promise((resolve) => setTimeout(resolve, 0));
/** There is no other realm here; objects without a prototype come nearest. */
const foreign = (value) => JSON.parse(JSON.stringify(value), (_, member) =>
  typeof member === "object" && member !== null && !Array.isArray(member) ? Object.assign(Object.create(null), member) : member);

export default {
  async fetch(request) {
    const { given, plan } = await request.json();
    return Response.json(await explore({ atlas, host, Item, given, foreign, unhandled, breathe }, plan));
  },
};
