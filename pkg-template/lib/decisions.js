// Makes the decisions that callers see, from what Rust handed to `host.js`. Nothing is decided here.
import { freeze } from "./freeze.js";

/** @import { AtlasFallback, AtlasHit, AtlasLastResort, FallbackReason, JsonObject, PlanHints, Template } from "../index.js" */
/** @import { Hit } from "./protocol.js" */
/** @import { Asked } from "./request.js" */

/**
 * A hit as it is kept, its records frozen.
 *
 * @typedef {Pick<Hit, "version" | "updatedAt" | "checkedAt" | "embedded" | "warning"> &
 *   Pick<AtlasHit, "template" | "schema" | "hints">} KeptHit
 */

/**
 * What plan hints read whenever they are in doubt.
 *
 * @type {PlanHints}
 */
const failClosedHints = Object.freeze({
  branding: Object.freeze({ enforced: true }),
  features: Object.freeze({}),
  limits: Object.freeze({}),
});

/**
 * The hit to keep, from what was verified.
 *
 * @param {Hit} hit
 * @param {Asked} asked
 * @returns {KeptHit}
 * @throws {TypeError} if a value has changed since it was verified, so that a record is gone or is no JSON.
 */
export function served({ schemas, templates, plans, standing: _, ...hit }, asked) {
  const { payload } = schemas.value;
  /** @type {Template | null} */
  const template = templates === undefined ? null : freeze(own(templates.value.payload, asked.templateId));
  /** @type {JsonObject} */
  const schema = freeze(own(own(own(payload, asked.widgetType), asked.schemaVersion), "schema"));
  /** @type {PlanHints} */
  const hints = plans === undefined ? failClosedHints : freeze(own(plans.value.payload, asked.plan));
  return { ...hit, template, schema, hints };
}

/**
 * A hit as its caller sees it, at this moment.
 *
 * @param {KeptHit} kept
 * @param {number} now
 * @returns {AtlasHit}
 */
export function hitAt({ version, updatedAt, checkedAt, template, schema, hints, warning }, now) {
  return {
    source: "atlas",
    version,
    updatedAt,
    ageMs: now > checkedAt ? now - checkedAt : 0,
    template,
    schema,
    hints,
    warnings: warning === undefined ? [] : [{ ...warning }],
  };
}

/**
 * What its caller is given where Paris has failed too.
 *
 * @param {KeptHit} kept
 * @param {number} now
 * @param {FallbackReason} reason
 * @param {unknown} error
 * @returns {AtlasLastResort}
 */
export function lastResort(kept, now, reason, error) {
  const { version, updatedAt, ageMs, template, schema } = hitAt(kept, now);
  return { source: "last_resort", reason, error, version, updatedAt, ageMs, template, schema, hints: failClosedHints };
}

/**
 * A fallback as its caller sees it.
 *
 * @param {FallbackReason} reason
 * @param {number} remainingMs
 * @param {string | undefined} refreshHint
 * @param {string | undefined} stats
 * @returns {AtlasFallback}
 */
export function fallback(reason, remainingMs, refreshHint, stats) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (refreshHint !== undefined) headers["Atlas-Refresh-Hint"] = refreshHint;
  if (stats !== undefined) headers["Atlas-Stats"] = stats;
  return { source: "paris", reason, remainingMs, headers, hints: failClosedHints, refreshHint: refreshHint !== undefined };
}

/**
 * A record that was verified to be there.
 *
 * @param {any} records
 * @param {string | undefined} name
 */
function own(records, name = "") {
  if (!Object.hasOwn(records, name)) throw new TypeError(`the verified record ${JSON.stringify(name)} is gone`);
  return records[name];
}
