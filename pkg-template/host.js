// Makes the objects that JavaScript sees. Rust calls this with what it has verified; nothing is decided here.

/** What plan hints read whenever they are in doubt. */
export const failClosedHints = Object.freeze({
  branding: Object.freeze({ enforced: true }),
  features: Object.freeze({}),
  limits: Object.freeze({}),
});

export const host = {
  /** A hit, as `hits.js` keeps it: the records, of which manifest, and until when they are the answer, read again or not. */
  hit(asked, manifest, schemas, templates, plans, until, expires, code, message) {
    const { widgetType, templateId, schemaVersion, plan } = asked;
    const { checkedAt, version, updatedAt } = manifest.value;
    return {
      manifest,
      until,
      expires,
      checkedAt: Date.parse(checkedAt),
      version,
      updatedAt,
      template: templates === undefined ? null : own(templates.payload, templateId),
      schema: own(own(schemas.payload, widgetType), schemaVersion).schema,
      hints: plans === undefined ? failClosedHints : own(plans.payload, plan),
      warning: code === undefined ? undefined : { code, message },
    };
  },

  miss(reason, refreshHint, stats) {
    const headers = {};
    if (refreshHint !== undefined) headers["Atlas-Refresh-Hint"] = refreshHint;
    if (stats !== undefined) headers["Atlas-Stats"] = stats;
    return {
      source: "paris",
      reason,
      remainingMs: 0,
      headers,
      hints: failClosedHints,
      refreshHint: refreshHint !== undefined,
    };
  },

  read(keys, ticket, hit) {
    return { keys, ticket, hit };
  },
};

/** A record that was verified to be there. If it is not, somebody changed the object that it was served from. */
function own(records, name) {
  if (!Object.hasOwn(records, name)) throw new TypeError(`the verified record ${JSON.stringify(name)} is gone`);
  return records[name];
}
