// Makes the decisions that callers see, of what Rust handed to `host.js`. Nothing is decided here.
import { freeze } from "./freeze.js";

/** What plan hints read whenever they are in doubt. */
export const failClosedHints = Object.freeze({
  branding: Object.freeze({ enforced: true }),
  features: Object.freeze({}),
  limits: Object.freeze({}),
});

/**
 * A hit as it is kept, its records frozen.
 *
 * @throws {TypeError} if a value has changed since it was verified, so that a record is gone or is no JSON.
 */
export function served({ version, updatedAt, checkedAt, schemas, templates, plans, until, warning }, asked) {
  return {
    version,
    updatedAt,
    checkedAt,
    until,
    warning,
    template: templates === undefined ? null : freeze(own(templates.value.payload, asked.templateId)),
    schema: freeze(own(own(own(schemas.value.payload, asked.widgetType), asked.schemaVersion), "schema")),
    hints: plans === undefined ? failClosedHints : freeze(own(plans.value.payload, asked.plan)),
  };
}

/** A hit as its caller sees it, at this moment. */
export function hitAt({ version, updatedAt, checkedAt, template, schema, hints, warning }, now) {
  return {
    source: "atlas",
    version,
    updatedAt,
    ageMs: Math.max(0, now - checkedAt),
    template,
    schema,
    hints,
    warnings: warning === undefined ? [] : [{ ...warning }],
  };
}

/** A fallback as its caller sees it. */
export function fallback(reason, remainingMs, refreshHint, stats) {
  const headers = {};
  if (refreshHint !== undefined) headers["Atlas-Refresh-Hint"] = refreshHint;
  if (stats !== undefined) headers["Atlas-Stats"] = stats;
  return { source: "paris", reason, remainingMs, headers, hints: failClosedHints, refreshHint: refreshHint !== undefined };
}

/** A record that was verified to be there. */
function own(records, name) {
  if (!Object.hasOwn(records, name)) throw new TypeError(`the verified record ${JSON.stringify(name)} is gone`);
  return records[name];
}
