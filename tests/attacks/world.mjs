// What an attacker has: a store that they may write, snapshots of any content, and keys. And whom they attack: a reader of
// the packed package in Node, and one that checks nothing.
import { createPrivateKey, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { canonical, seal, snapshot, summary } from "../../scripts/lib/format.mjs";
import { ROOT } from "../../scripts/lib/paths.mjs";

const fixture = async (path) => JSON.parse(await readFile(join(ROOT, "tests", "fixtures", path), "utf8"));

/** The keys for tests: `old`, `new` and `stranger`. */
export const { keys: KEYS, refused: REFUSED_KEYS } = await fixture("keys.json");

const { items: genuine, lookup, now } = await fixture("snapshots/whole.json");
export const FAQ = lookup;
export const NOW = Date.parse(now);
export const HOUR = 3_600_000;
/** The longest that a snapshot is served, in hours. */
export const MAX_AGE = 13;

const payloadOf = (name) => genuine[`atlas_v1_${name}`].payload;

/** When a sync confirmed a snapshot, by its age in hours. */
export const hoursAgo = (hours) => new Date(NOW - hours * HOUR).toISOString();

/** A whole snapshot in which the template that is looked up has this name. */
export function published(name, { version = 1, hours = 1, signedBy = [] } = {}) {
  const widgetTemplates = structuredClone(payloadOf("widgetTemplates"));
  widgetTemplates[FAQ.templateId].name = name;
  const payloads = { widgetTemplates, widgetSchemas: payloadOf("widgetSchemas"), planHints: payloadOf("planHints") };
  const items = snapshot(payloads, { version, at: hoursAgo(hours) });
  items.atlas_v1_manifest = signed(items.atlas_v1_manifest, ...signedBy);
  return items;
}

/** The manifest with the signatures of these keys alone, sealed. */
export function signed({ signatures: _, ...members }, ...names) {
  const manifest = seal(members);
  if (names.length === 0) return manifest;
  const { checksum: __, ...covered } = manifest;
  const signature = (name) => sign(null, Buffer.from(canonical(covered)), createPrivateKey(KEYS[name].privatePem)).toString("base64url");
  return { ...manifest, signatures: Object.fromEntries(names.map((name) => [KEYS[name].id, signature(name)])) };
}

/** A snapshot whose templates were changed by somebody who can seal and sign: every checksum fits again. */
export function resealed(items, ...names) {
  const templates = seal(items.atlas_v1_widgetTemplates);
  const manifest = structuredClone(items.atlas_v1_manifest);
  manifest.entries["atlas:v1:widgetTemplates"] = summary(templates);
  return { ...items, atlas_v1_widgetTemplates: templates, atlas_v1_manifest: signed(manifest, ...names) };
}

/** A store in memory that the test may write, as the SDK's client reads it. */
export class Store {
  constructor(items) {
    this.items = items;
  }

  client() {
    return { getAll: async (keys) => JSON.parse(JSON.stringify(Object.fromEntries(keys.map((key) => [key, this.items[key]])))) };
  }
}

/** What a reader that checks nothing serves: the name of the template. */
export const unchecked = (items) => items.atlas_v1_widgetTemplates?.payload?.[FAQ.templateId]?.name;

/** A reader over a store, with a clock that the test moves. */
export class Reader {
  constructor(createAtlas, store, options = {}) {
    this.time = NOW;
    // Not in a hurry: what is measured here is what is served, not how fast.
    const patient = { timeoutMs: 5000, log: () => {}, now: () => this.time };
    this.atlas = createAtlas({ client: store.client?.() ?? store, ...patient, ...options });
  }

  /** The name of the template that is served, or why Paris is asked. */
  async serves() {
    const decision = await this.atlas.lookup(FAQ);
    return decision.source === "atlas" ? decision.template.name : decision.reason;
  }

  /** The same after the store has been read again. */
  async servesLater() {
    this.time += 60_000;
    return this.serves();
  }
}
