// Runs the verifier once over a small snapshot, before the store has answered: an engine compiles a function when it is first
// called, and that takes longer than verifying.
import { host } from "./host.js";
import { itemsOf } from "./items.js";
import { STORED_KEYS } from "./registry.js";

/** @import { Glue } from "./protocol.js" */

const AT = "2000-01-01T00:00:00.000Z";
const MOMENT = Date.parse(AT);
const HOUR_MS = 3_600_000;

/** Each entry: its name, payload, checksum and length. Made once with `scripts/lib/format.mjs`; a test serves it. */
const ENTRIES = /** @type {const} */ ([
  ["widgetSchemas", { w: { v: { schema: {} } } }, "8875403b8e80c05d96d96575eeeafcc5eac02d72c156a17316a9de599847277d", 215],
  ["widgetTemplates", { t: { accents: [""], defaults: {}, density: null, descriptor: {}, layout: null, name: "", premium: true, schemaVersion: "v", skin: null, widgetType: "w" } }, "316952e2de234795144dc11eebe7a49a194dff7e9844b35e6600202f5cabc206", 347],
]);

/**
 * @param {Glue} glue
 * @returns {string} the kind of what was decided: a hit
 */
export function practise({ Reader }) {
  const asked = { widgetType: "w", templateId: "t", schemaVersion: "v" };
  const reader = new Reader(HOUR_MS, HOUR_MS, HOUR_MS, false, 0, 0, 0, host);
  const read = reader.begin(asked, false, MOMENT);
  const step = read.kind === "read" ? reader.receive(asked, ...read.ticket, itemsOf(sample(), STORED_KEYS), undefined, MOMENT) : read;
  return step.kind;
}

function sample() {
  /** @type {Record<string, object>} */
  const items = {};
  /** @type {Record<string, object>} */
  const entries = {};
  for (const [name, payload, sum, bytes] of ENTRIES) {
    const checksum = `sha256:${sum}`;
    const key = `atlas:v1:${name}`;
    entries[key] = { bytes, checksum, records: 1, version: 1 };
    items[`atlas_v1_${name}`] = { checksum, format: 1, key, payload, updatedAt: AT, version: 1 };
  }
  const checksum = "sha256:ced6d6a7c8623effd2389129082cfe4d12f04bdd27716c1480d195f6c4a6c04f";
  return { ...items, atlas_v1_manifest: { checkedAt: AT, checksum, entries, format: 1, key: "atlas:v1:manifest", updatedAt: AT, version: 1, writer: "" } };
}
