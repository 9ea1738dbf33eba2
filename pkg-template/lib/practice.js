// A small snapshot, and what a cold start looks up in it before the store has answered: an engine compiles a function when it is
// first called, and that takes longer than all the rest.

/** @import { AtlasOptions, LookupRequest } from "../index.js" */

const AT = "2000-01-01T00:00:00.000Z";
const MOMENT = Date.parse(AT);

/** Each entry: its name, payload, checksum and length. Made once with `scripts/lib/format.mjs`; a test serves it. */
const ENTRIES = /** @type {const} */ ([
  ["planHints", { p: { branding: { enforced: true }, features: { f: true }, limits: { l: { enforcement: null, grace: null, limit: 0 } } } }, "0462519089f4dc1570d41c36db9bfbe5642bf37b8a778793caa37f7eac84c6d1", 303],
  ["widgetSchemas", { w: { v: { schema: {} } } }, "8875403b8e80c05d96d96575eeeafcc5eac02d72c156a17316a9de599847277d", 215],
  ["widgetTemplates", { t: { accents: [""], defaults: {}, density: null, descriptor: {}, layout: null, name: "", premium: true, schemaVersion: "v", skin: null, widgetType: "w" } }, "316952e2de234795144dc11eebe7a49a194dff7e9844b35e6600202f5cabc206", 347],
]);

/** @type {LookupRequest} */
export const request = { widgetType: "w", templateId: "t", schemaVersion: "v", plan: "p" };

/** @type {AtlasOptions} */
export const options = { client: { getAll: async () => /** @type {any} */ (sample()) }, now: () => MOMENT, log: () => {} };

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
  const checksum = "sha256:9fe571dd049b6340a77c3c7fa29b89959b9f54b2250d815d32005b2b795870b5";
  return { ...items, atlas_v1_manifest: { checkedAt: AT, checksum, entries, format: 1, key: "atlas:v1:manifest", updatedAt: AT, version: 1, writer: "" } };
}
