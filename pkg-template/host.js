// Makes the objects that callers see. Rust calls this with what it has verified; nothing is decided here.

/** What plan hints read whenever they are in doubt. */
export const failClosedHints = Object.freeze({
  branding: Object.freeze({ enforced: true }),
  features: Object.freeze({}),
  limits: Object.freeze({}),
});

export const host = {
  hit(request, manifest, schemas, templates, plans, ageMs, warning) {
    const { widgetType, templateId, schemaVersion, plan } = request;
    return {
      source: "atlas",
      version: manifest.version,
      updatedAt: manifest.updatedAt,
      ageMs,
      template: templates === undefined ? null : own(templates.payload, templateId),
      schema: own(own(schemas.payload, widgetType), schemaVersion).schema,
      hints: plans === undefined ? failClosedHints : own(plans.payload, plan),
      warnings: warning === undefined ? [] : [warning],
    };
  },

  miss(reason, refreshHint) {
    return {
      source: "paris",
      reason,
      remainingMs: 0,
      headers: refreshHint === undefined ? {} : { "Atlas-Refresh-Hint": refreshHint },
      hints: failClosedHints,
      refreshHint: refreshHint !== undefined,
    };
  },

  read(keys, ticket) {
    return { keys, ticket };
  },
};

/** A record that was verified to be there. If it is not, somebody changed the object that it was served from. */
function own(records, name) {
  if (!Object.hasOwn(records, name)) throw new TypeError(`the verified record ${JSON.stringify(name)} is gone`);
  return records[name];
}
