// One cold start in a Node process of its own: `node program.mjs CONTESTANT FILE`. FILE holds where the store is, what to look
// up, and the snapshot as JSON. The last line printed is JSON: milliseconds of the import, from the first call to the
// headers of the first read on the socket, and from the first call to the decision.
import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { createClient } from "@vercel/edge-config";

import { contestants } from "./contestants.mjs";

const [name, file] = process.argv.slice(2);
const { connection, request, snapshot, atlas } = JSON.parse(readFileSync(file, "utf8"));
const all = contestants({
  atlas: () => import(atlas),
  lean: () => import("./lean.mjs"),
  "hand-written": () => import("./hand-written.mjs"),
});
const { load, first } = all[name];
const client = createClient(connection, { staleIfError: false });

// What the platform loads when it is first used is nobody's.
await crypto.subtle.digest("SHA-256", new Uint8Array(1));
await fetch("data:,");

const imported = performance.now();
const module = await load();
const importMs = performance.now() - imported;

let wire;
subscribe("undici:client:sendHeaders", () => (wire ??= performance.now()));
const began = performance.now();
await first(module, { client, request, snapshot });
const decisionMs = performance.now() - began;
console.log(JSON.stringify({ importMs, wireMs: wire === undefined ? null : wire - began, decisionMs }));
process.exit(0);
