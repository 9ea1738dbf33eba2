// The rival: what a team would write by hand in Node to publish the same rows, with `pg`, `fetch` and node:crypto. It
// reads the four tables in one transaction, builds the same four values with checksums, and writes them with one PATCH.
// It checks nothing, compares nothing, and does not read back.
import { createHash } from "node:crypto";
import pg from "pg";

const { MICHAEL, STORE, TOKEN } = process.env;

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const seal = (envelope) => ({ checksum: `sha256:${createHash("sha256").update(canonical(envelope)).digest("hex")}`, ...envelope });
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const client = new pg.Client(MICHAEL);
await client.connect();
await client.query("begin transaction isolation level repeatable read read only");
const read = async (table) => (await client.query(`select * from ${table}`)).rows;
const rows = { t: await read("widget_templates"), s: await read("widget_schemas"), f: await read("plan_features"), l: await read("plan_limits") };
await client.query("commit");
await client.end();

const widgetTemplates = Object.fromEntries(rows.t.map((row) => [row.template_id, {
  widgetType: row.widget_type, name: row.name, layout: row.layout, skin: row.skin, density: row.density,
  accents: row.accents ?? [], premium: row.premium ?? false, schemaVersion: row.schema_version,
  defaults: row.defaults ?? {}, descriptor: row.descriptor,
}]));
const widgetSchemas = {};
for (const row of rows.s) (widgetSchemas[row.widget_type] ??= {})[row.schema_version] = { schema: row.schema };
const planHints = {};
const plan = (id) => (planHints[id] ??= { branding: { enforced: true }, features: {}, limits: {} });
for (const row of rows.f) plan(row.plan_id).features[camel(row.feature_key)] = row.enabled;
for (const row of rows.l) {
  plan(row.plan_id).limits[camel(row.limit_type)] = { limit: row.limit_value, enforcement: row.enforcement, grace: row.grace_amount };
}
for (const one of Object.values(planHints)) one.branding.enforced = one.features.brandingRemovable !== true;

const updatedAt = new Date().toISOString();
const entries = {};
const items = [];
for (const [name, payload] of Object.entries({ widgetTemplates, widgetSchemas, planHints })) {
  const entry = seal({ format: 1, key: `atlas:v1:${name}`, payload, updatedAt, version: 1 });
  entries[entry.key] = { bytes: Buffer.byteLength(canonical(entry)), checksum: entry.checksum, records: Object.keys(payload).length, version: 1 };
  items.push({ operation: "upsert", key: `atlas_v1_${name}`, value: entry });
}
const manifest = seal({ checkedAt: updatedAt, entries, format: 1, key: "atlas:v1:manifest", updatedAt, version: 1, writer: "by-hand" });
items.push({ operation: "upsert", key: "atlas_v1_manifest", value: manifest });
const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
const response = await fetch(`${STORE}/items`, { method: "PATCH", headers, body: JSON.stringify({ items }) });
if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
