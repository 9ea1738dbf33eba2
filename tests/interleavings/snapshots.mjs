// A few versions of a small snapshot, sealed and judged with the second implementation of the format. They are made once
// and handed to the explorer as JSON, so that it runs where there is no node:crypto.
import { createHash } from "node:crypto";

import { canonical, seal, snapshot } from "../../scripts/lib/format.mjs";
import { cryptoFor, signersOf, withSignatures } from "./signers.mjs";

/** When the explorer's clock begins. */
const NOON = Date.parse("2026-11-22T13:00:00.000Z");
const HOUR = 3_600_000;
const MAX_AGE_MS = 13 * HOUR;
const HIGHEST = 9;

/**
 * When a sync last confirmed a snapshot, in milliseconds before noon. No two of one version are of one age, so an answer's
 * age tells which of them it came from.
 */
const CONFIRMED = {
  good: [HOUR, HOUR / 4], expired: [MAX_AGE_MS + 2 * HOUR], skewed: [-HOUR],
  // Good for a reader without keys. With keys it takes what its keys have signed: one of them, neither, another heartbeat.
  single: [HOUR / 2], unsigned: [HOUR / 3], moved: [HOUR / 5],
  // By somebody with the write token: other records, a far higher version, and signatures of a key that no reader has.
  forged: [HOUR / 6],
};
/** By how much the version of a forged snapshot is higher. */
const FORGED_AHEAD = 20;

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
  // Signatures are over the same bytes as the checksum, and not among them.
  const { signatures, ...unsigned } = manifest;
  return sealed(unsigned) && Object.entries(manifest.entries).every(([key, { checksum }]) => {
    const entry = items[key.replaceAll(":", "_")];
    return sealed(entry) && entry.checksum === checksum && entry.key === key;
  });
}

/** What the explorer is given: the snapshots, the requests, and what each request is to be served from each version. */
export function prepare() {
  const snapshots = [];
  const manifests = [];
  for (let version = 1; version <= HIGHEST; version += 1) {
    for (const [kind, ages] of Object.entries(CONFIRMED)) {
      for (const age of ages) {
        const checkedAt = NOON - age;
        const shown = kind === "forged" ? version + FORGED_AHEAD : version;
        const items = snapshot(payloads(shown), { version: shown, checkedAt: new Date(checkedAt).toISOString() });
        items.atlas_v1_manifest = signed(kind, items.atlas_v1_manifest);
        if (!isSound(items)) throw new Error(`version ${version} is not sound`);
        const signers = signersOf(items.atlas_v1_manifest);
        if (signers.length !== SIGNERS[kind]) throw new Error(`a ${kind} snapshot is signed by ${signers.length} keys`);
        manifests.push(items.atlas_v1_manifest);
        // What a reader without keys is given in place of a forged one: the first of this version, which is good.
        const genuine = kind === "forged" ? { genuine: snapshots.findIndex((other) => other.version === version) } : {};
        snapshots.push({ version: shown, kind, checkedAt, signers, ...genuine, json: JSON.stringify(items), damaged: damaged(items) });
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
  const signatures = cryptoFor(manifests);
  return { noon: NOON, maxAgeMs: MAX_AGE_MS, highest: HIGHEST, snapshots, requests, expected, closed: canonical(closed), signatures, damagedHints: DAMAGED_HINTS };
}

/** How many of the readers' keys have signed a snapshot of each kind. */
const SIGNERS = { good: 2, expired: 2, skewed: 2, single: 1, unsigned: 0, moved: 0, forged: 0 };

function signed(kind, manifest) {
  const both = ["old", "new"];
  switch (kind) {
    case "single": return withSignatures(manifest, ["old"]);
    case "unsigned": return manifest;
    case "moved": return withSignatures(manifest, both, { over: seal({ ...manifest, checkedAt: manifest.updatedAt }) });
    case "forged": return withSignatures(manifest, ["stranger", "stranger"], { under: both });
    default: return withSignatures(manifest, both);
  }
}

/** The place of the damaged items that are served nevertheless, without their plan hints. */
const DAMAGED_HINTS = 2;

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
