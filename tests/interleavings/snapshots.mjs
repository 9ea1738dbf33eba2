// A few versions of a small snapshot, sealed and judged with the second implementation of the format. They are made once
// and handed to the explorer as JSON, so that it runs where there is no node:crypto.
import { createHash } from "node:crypto";

import { canonical, snapshot } from "../../scripts/lib/format.mjs";

/** When the explorer's clock begins. */
export const NOON = Date.parse("2026-11-22T13:00:00.000Z");
const HOUR = 3_600_000;
const MAX_AGE_MS = 13 * HOUR;
const HIGHEST = 9;

/** When a sync last confirmed a snapshot, in milliseconds before noon. */
const CONFIRMED = { good: [HOUR, HOUR / 4], expired: [MAX_AGE_MS + 2 * HOUR], skewed: [-HOUR] };

const TYPES = ["content.faq", "forms.contact"];
const PLANS = ["free", "paid"];
const SCHEMA_VERSION = "2025-09-01";

/** Every record says which version it is of, so that no two versions can be taken for one another. */
function payloads(version) {
  const templates = {};
  const schemas = {};
  for (const widgetType of TYPES) {
    templates[`${widgetType}-light`] = {
      widgetType, name: `version ${version}`, layout: "LIST", skin: "SOFT", density: "COZY", accents: ["a", `b${version}`],
      premium: false, schemaVersion: SCHEMA_VERSION, defaults: { nested: { version } }, descriptor: { parts: [{ version }] },
    };
    schemas[widgetType] = { [SCHEMA_VERSION]: { schema: { type: "object", title: `version ${version}`, properties: {} } } };
  }
  const hints = (plan) => ({
    branding: { enforced: plan === "free" }, features: { premiumTemplates: plan !== "free", [`of${version}`]: true },
    limits: { maxWidgets: { limit: version, enforcement: "hard", grace: 0 } },
  });
  return { widgetTemplates: templates, widgetSchemas: schemas, planHints: Object.fromEntries(PLANS.map((plan) => [plan, hints(plan)])) };
}

/** Whether every checksum is that of what it stands for: SHA-256 of the RFC 8785 form, and the one that the manifest names. */
function isSound(items) {
  const manifest = items.atlas_v1_manifest;
  const sealed = ({ checksum, ...rest }) => checksum === `sha256:${createHash("sha256").update(canonical(rest)).digest("hex")}`;
  return sealed(manifest) && Object.entries(manifest.entries).every(([key, { checksum }]) => {
    const entry = items[key.replaceAll(":", "_")];
    return sealed(entry) && entry.checksum === checksum && entry.key === key;
  });
}

/** What the explorer is given: the snapshots, the requests, and what each request is to be served from each version. */
export function prepare() {
  const snapshots = [];
  for (let version = 1; version <= HIGHEST; version += 1) {
    for (const [kind, ages] of Object.entries(CONFIRMED)) {
      for (const age of ages) {
        const checkedAt = NOON - age;
        const items = snapshot(payloads(version), { version, checkedAt: new Date(checkedAt).toISOString() });
        if (!isSound(items)) throw new Error(`version ${version} is not sound`);
        snapshots.push({ version, kind, checkedAt, json: JSON.stringify(items), damaged: damaged(items) });
      }
    }
  }
  const requests = [];
  for (const widgetType of TYPES) {
    for (const plan of [...PLANS, null]) {
      for (const templateId of [`${widgetType}-light`, null]) requests.push({ widgetType, templateId, schemaVersion: SCHEMA_VERSION, plan });
    }
  }
  const closed = { branding: { enforced: true }, features: {}, limits: {} };
  const expected = Array.from({ length: HIGHEST + 1 }, (_, version) => {
    const { widgetTemplates, widgetSchemas, planHints } = payloads(version);
    return requests.map(({ widgetType, templateId, plan }) => ({
      template: canonical(templateId === null ? null : widgetTemplates[templateId]),
      schema: canonical(widgetSchemas[widgetType][SCHEMA_VERSION].schema),
      hints: canonical(plan === null ? closed : planHints[plan]),
    }));
  });
  return { noon: NOON, maxAgeMs: MAX_AGE_MS, highest: HIGHEST, snapshots, requests, expected, closed: canonical(closed) };
}

/** The items with one entry each that is not what its checksum says; each is refused by `isSound`. */
function damaged(items) {
  const changes = [
    (bad) => (bad.atlas_v1_widgetTemplates.payload["content.faq-light"].name = "damaged"),
    (bad) => (bad.atlas_v1_widgetSchemas.payload["content.faq"][SCHEMA_VERSION].schema.title = "damaged"),
    (bad) => (bad.atlas_v1_planHints.payload.free.branding.enforced = false),
    (bad) => (bad.atlas_v1_manifest.version += 1),
    (bad) => (bad.atlas_v1_manifest.checkedAt = new Date(NOON).toISOString()),
  ];
  return changes.map((change) => {
    const bad = structuredClone(items);
    change(bad);
    if (isSound(bad)) throw new Error("a damaged snapshot is sound");
    return JSON.stringify(bad);
  });
}
