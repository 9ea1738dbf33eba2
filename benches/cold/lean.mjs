// The lean rival: the least that serves from a snapshot without trusting the store. It compares checksums with WebCrypto over
// the canonical form (RFC 8785), holds the manifest to its age and version, and finds the records. It checks no shapes, and has
// no breaker, log, counters or late answers. What it takes on trust is listed in `same.mjs`.
const KEYS = ["atlas_v1_manifest", "atlas_v1_planHints", "atlas_v1_widgetSchemas", "atlas_v1_widgetTemplates"];
const SKEW_MS = 300_000;

export function createReader({ client, timeoutMs = 50, maxAgeMs = 46_800_000, now = Date.now }) {
  let floor = 0;
  return {
    async lookup(request) {
      const miss = (reason) => ({ source: "paris", reason });
      let items;
      try {
        items = await within(timeoutMs, client.getAll(KEYS));
      } catch (error) {
        return miss(error === LATE ? "timeout" : "unavailable");
      }
      const [manifest, plans, schemas, templates] = KEYS.map((key) => items[key]);
      if (!manifest || !schemas || (request.templateId && !templates)) return miss("key_missing");
      const required = [manifest, schemas, ...(request.templateId ? [templates] : [])];
      if (required.some(({ format }) => format !== 1)) return miss("unsupported_format");
      const areGood = await Promise.all([manifest, plans, schemas, templates].map((item, at) => item && isGood(item, manifest, KEYS[at])));
      if (!areGood[0] || !areGood[2] || (request.templateId && !areGood[3])) return miss("corrupt");
      if (manifest.version < floor) return miss("rollback");
      const ageMs = now() - Date.parse(manifest.checkedAt);
      if (ageMs < -SKEW_MS) return miss("clock_skew");
      if (ageMs > maxAgeMs) return miss("expired");
      const template = request.templateId ? templates.payload[request.templateId] : null;
      const versions = schemas.payload[request.widgetType];
      if (template === undefined || versions === undefined) return miss("record_missing");
      if (template && template.widgetType !== request.widgetType) return miss("record_missing");
      const schema = versions[request.schemaVersion]?.schema;
      if (schema === undefined || (template && template.schemaVersion !== request.schemaVersion)) return miss("schema_version_mismatch");
      floor = manifest.version;
      return { source: "atlas", version: manifest.version, template, schema, hints: areGood[1] ? plans.payload[request.plan] : undefined, warnings: [] };
    },
  };
}

const stored = (key) => key.replaceAll(":", "_");

/** Whether a value has the checksum that it states, stands under its key, and is the one that the manifest names. */
async function isGood({ checksum, signatures, ...covered }, manifest, key) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(covered)));
  const found = `sha256:${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  const named = key === KEYS[0] ? checksum : manifest.entries[covered.key]?.checksum;
  return stored(covered.key) === key && checksum === found && checksum === named;
}

function canonical(value) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

const LATE = new Error("the store did not answer in time");

function within(ms, work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(LATE), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
