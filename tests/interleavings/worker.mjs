// The explorer as a Worker: a request brings what snapshots.mjs prepared and the plan, and takes back what came of it.
import * as atlas from "@clickeen/atlas";

import { explore } from "./explore.mjs";
import { host } from "./node_modules/@clickeen/atlas/lib/host.js";
import { Item } from "./node_modules/@clickeen/atlas/lib/items.js";

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
