// Valid snapshots of a given size, in the canonical order in which atlas-sync writes them, and instances to look up.
import { canonical, snapshot } from "../../scripts/lib/format.mjs";

/** Bytes of the whole snapshot, by the name that reports use. The largest stays below a store's limit of 1 000 000. */
export const SIZES = { "10 KB": 10_000, "100 KB": 100_000, "1 MB": 990_000 };

/** Another key of the same store, for the SDK's own `get` of one small key. */
export const SMALL_KEY = "flags_small";

const TEMPLATES_PER_TYPE = 3;
const VERSION = "2025-09-01";

/** The items of a store whose snapshot is as large as `size` allows, confirmed just now. */
export function itemsOfSize(size) {
  const bytesOf = (types) => bytes(itemsOf(types));
  let [fits, tooMany] = [1, 2];
  while (bytesOf(tooMany) <= size) [fits, tooMany] = [tooMany, tooMany * 2];
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (bytesOf(middle) <= size) fits = middle;
    else tooMany = middle;
  }
  return { ...itemsOf(fits), [SMALL_KEY]: { enabled: true } };
}

/** The length of a store's items as JSON, in bytes. */
export function bytes(items) {
  return Buffer.byteLength(JSON.stringify(items));
}

/** Instances that such a snapshot serves, spread over its records. */
export function requestsFor(items) {
  const templates = Object.entries(items.atlas_v1_widgetTemplates.payload);
  const step = Math.max(1, Math.floor(templates.length / 8));
  return templates.filter((_, at) => at % step === 0).slice(0, 8).map(([templateId, { widgetType }], at) => ({
    publicId: `wgt_bench${at}`, requestId: `req-${at}`, widgetType, templateId, schemaVersion: VERSION, plan: at % 2 === 0 ? "free" : "paid",
  }));
}

function itemsOf(types) {
  const widgetTemplates = {};
  const widgetSchemas = {};
  for (let type = 0; type < types; type += 1) {
    const widgetType = `content.type${type}`;
    widgetSchemas[widgetType] = { [VERSION]: { schema: schema(type) } };
    for (let n = 0; n < TEMPLATES_PER_TYPE; n += 1) widgetTemplates[`type${type}-template-${n}`] = template(widgetType, n);
  }
  const checkedAt = new Date().toISOString();
  const items = snapshot({ widgetTemplates, widgetSchemas, planHints }, { at: checkedAt });
  return JSON.parse(canonical(items));
}

function template(widgetType, n) {
  return {
    widgetType, name: `Template number ${n} of ${widgetType}`, layout: "GRID", skin: "MINIMAL", density: "COZY", accents: ["blue", "green"],
    premium: n % 2 === 0, schemaVersion: VERSION, defaults: { items: [], title: `What people ask about ${widgetType}`, count: n },
    descriptor: { skin: "MINIMAL", layout: "GRID", density: "COZY" },
  };
}

function schema(type) {
  const text = { type: "string", maxLength: 200 };
  return {
    $schema: "http://json-schema.org/draft-07/schema#", type: "object", required: ["title", "items"], additionalProperties: false,
    properties: {
      title: { ...text, default: `Title ${type}` }, count: { type: "integer", minimum: 0 },
      items: { type: "array", maxItems: 20, items: { type: "object", required: ["question", "answer"], properties: { question: text, answer: text } } },
    },
  };
}

const planHints = {
  free: {
    branding: { enforced: true }, features: { brandingRemovable: false, premiumTemplates: false },
    limits: { maxWidgets: { limit: 1, enforcement: "hard", grace: 0 } },
  },
  paid: {
    branding: { enforced: false }, features: { brandingRemovable: true, premiumTemplates: true },
    limits: { maxWidgets: { limit: 100, enforcement: "soft", grace: 10 } },
  },
};
