// Writes tests/fixtures: snapshots, signatures and rows with one defect each, so that a failing test names the check.
// It makes them from Michael's rows with the second implementation of the format, lib/format.mjs. Run it when the format
// changes; what it writes is committed.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { canonical, seal, snapshot, summary } from "./lib/format.mjs";
import { keyFixtures, signatureFixtures } from "./lib/signature-fixtures.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const rowsDir = join(root, "src", "dev", "michael");
const out = join(root, "tests", "fixtures");
const TABLES = ["widget_templates", "widget_schemas", "plan_features", "plan_limits"];
const NOW = "2026-11-22T13:00:00.000Z";
const FAQ = { widgetType: "content.faq", templateId: "faq-classic-light", schemaVersion: "2025-09-01", plan: "paid" };

// Michael's rows, and the payloads that they give.

const rows = Object.fromEntries(TABLES.map((table) => [table, JSON.parse(readFileSync(join(rowsDir, `${table}.json`), "utf8"))]));

function payloadsOf({ widget_templates, widget_schemas }) {
  const widgetTemplates = {};
  for (const row of widget_templates) {
    widgetTemplates[row.template_id] = {
      widgetType: row.widget_type, name: row.name, layout: row.layout, skin: row.skin, density: row.density,
      accents: row.accents ?? [], premium: row.premium ?? false, schemaVersion: row.schema_version,
      defaults: row.defaults ?? {}, descriptor: row.descriptor,
    };
  }
  const widgetSchemas = {};
  for (const row of widget_schemas) (widgetSchemas[row.widget_type] ??= {})[row.schema_version] = { schema: row.schema };
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
  return { widgetTemplates, widgetSchemas, planHints };
}

const payloads = payloadsOf(rows);
const whole = () => snapshot(payloads);
const ALL = { manifest: "verified", planHints: "verified", widgetSchemas: "verified", widgetTemplates: "verified" };

/** Changes a copy of the whole snapshot. */
const changed = (change) => {
  const items = structuredClone(whole());
  change(items);
  return items;
};

/** Gives the manifest a checksum that fits again. */
const resealManifest = (items) => {
  items.atlas_v1_manifest = seal(items.atlas_v1_manifest);
};

/** Seals an entry again and names it in the manifest. */
const republish = (items, name) => {
  const stored = `atlas_v1_${name}`;
  items[stored] = seal(items[stored]);
  items.atlas_v1_manifest.entries[`atlas:v1:${name}`] = summary(items[stored]);
  resealManifest(items);
};

const odd = {
  ...payloads,
  widgetTemplates: {
    ...payloads.widgetTemplates,
    10: { ...payloads.widgetTemplates["classic-light"], name: "ten" },
    9: { ...payloads.widgetTemplates["classic-light"], name: "nine" },
    numbers: {
      ...payloads.widgetTemplates["classic-light"],
      defaults: { big: 1e21, tenth: 0.1, zero: -0, small: 1e-7, "\u20ac": 1, "\ufb33": 2, "\u{1f600}": 3, text: "\u001f\n\"\\é" },
    },
  },
};

const SNAPSHOTS = {
  "whole": { about: "the golden snapshot, in the order in which it is written", items: JSON.parse(canonical(whole())), decision: "hit" },
  "members-in-another-order": {
    about: "every object's members reversed, as a store may give them", items: reverse(whole()), decision: "hit",
  },
  "odd-names-and-numbers": {
    about: "integer-like ids, numbers at the edges of ECMAScript's spelling, names beyond ASCII",
    items: snapshot(odd), lookup: { ...FAQ, templateId: "10", widgetType: "forms.contact" }, decision: "hit",
  },
  "unknown-members": {
    about: "members that this version does not know are covered by the checksum and allowed",
    items: changed((items) => {
      items.atlas_v1_widgetTemplates.later = { a: [1] };
      republish(items, "widgetTemplates");
      items.atlas_v1_manifest.entries["atlas:v1:tokens"] = { anything: true };
      resealManifest(items);
    }),
    decision: "hit",
  },
  "signature-not-covered": {
    about: "signatures are not covered by the manifest's checksum",
    items: changed((items) => (items.atlas_v1_manifest.signatures = { "0123456789abcdef": "AAAA" })), decision: "hit",
  },
  "empty-store": {
    about: "nothing in the store", items: {}, decision: "key_missing",
    entries: { manifest: "key_missing", planHints: "key_missing", widgetSchemas: "key_missing", widgetTemplates: "key_missing" },
  },
  "manifest-missing": {
    about: "the manifest's key deleted", items: changed((items) => delete items.atlas_v1_manifest), decision: "key_missing",
    entries: { manifest: "key_missing", planHints: "corrupt", widgetSchemas: "corrupt", widgetTemplates: "corrupt" },
  },
  "manifest-changed-and-schemas-missing": {
    about: "a key that is missing comes before a manifest that is damaged", decision: "key_missing",
    items: changed((items) => {
      items.atlas_v1_manifest.writer = "somebody else";
      delete items.atlas_v1_widgetSchemas;
    }),
    entries: { manifest: "corrupt", planHints: "corrupt", widgetSchemas: "key_missing", widgetTemplates: "corrupt" },
  },
  "sealed-over-another-order": {
    about: "an entry whose checksum is one of its members in the order in which they stand", decision: "corrupt",
    items: changed((items) => {
      const { checksum: _, ...rest } = items.atlas_v1_widgetSchemas;
      const reversed = reverse(rest);
      const checksum = `sha256:${createHash("sha256").update(JSON.stringify(reversed)).digest("hex")}`;
      items.atlas_v1_widgetSchemas = { checksum, ...reversed };
      items.atlas_v1_manifest.entries["atlas:v1:widgetSchemas"].checksum = checksum;
      resealManifest(items);
    }),
    entries: { ...ALL, widgetSchemas: "corrupt" },
  },
  "schemas-missing": {
    about: "the schemas' key deleted", items: changed((items) => delete items.atlas_v1_widgetSchemas), decision: "key_missing",
    entries: { ...ALL, widgetSchemas: "key_missing" },
  },
  "templates-missing-unneeded": {
    about: "the templates' key deleted, and a lookup that names no template",
    items: changed((items) => delete items.atlas_v1_widgetTemplates), lookup: { ...FAQ, templateId: null }, decision: "hit",
    entries: { ...ALL, widgetTemplates: "key_missing" },
  },
  "hints-missing": {
    about: "plan hints never turn a hit into a miss", items: changed((items) => delete items.atlas_v1_planHints),
    decision: "hit", warning: "plan_hints_missing", entries: { ...ALL, planHints: "key_missing" },
  },
  "hints-corrupt": {
    about: "a plan hint changed", decision: "hit", warning: "plan_hints_corrupt", entries: { ...ALL, planHints: "corrupt" },
    items: changed((items) => (items.atlas_v1_planHints.payload.free.branding.enforced = false)),
  },
  "plan-unknown": {
    about: "a plan that the snapshot does not have", items: whole(), lookup: { ...FAQ, plan: "gold" }, decision: "hit",
    warning: "plan_missing",
  },
  "format-2": {
    about: "an entry of a later format", decision: "unsupported_format", entries: { ...ALL, widgetSchemas: "unsupported_format" },
    items: changed((items) => {
      items.atlas_v1_widgetSchemas.format = 2;
      republish(items, "widgetSchemas");
    }),
  },
  "not-an-object": {
    about: "a text where the schemas were", items: changed((items) => (items.atlas_v1_widgetSchemas = "gone")),
    decision: "corrupt", entries: { ...ALL, widgetSchemas: "corrupt" },
  },
  "no-format": {
    about: "an object that does not say its format is no envelope", decision: "corrupt", entries: { ...ALL, widgetSchemas: "corrupt" },
    items: changed((items) => {
      delete items.atlas_v1_widgetSchemas.format;
      republish(items, "widgetSchemas");
    }),
  },
  "payload-changed": {
    about: "one letter of a template", decision: "corrupt", entries: { ...ALL, widgetTemplates: "corrupt" },
    items: changed((items) => (items.atlas_v1_widgetTemplates.payload["faq-classic-light"].name = "FAQ Classic Lighu")),
  },
  "checksum-changed": {
    about: "one digit of the stated checksum", decision: "corrupt", entries: { ...ALL, widgetTemplates: "corrupt" },
    items: changed((items) => {
      const entry = items.atlas_v1_widgetTemplates;
      entry.checksum = entry.checksum.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    }),
  },
  "checksum-uppercase": {
    about: "a checksum in another spelling", decision: "corrupt", entries: { ...ALL, widgetTemplates: "corrupt" },
    items: changed((items) => {
      const entry = items.atlas_v1_widgetTemplates;
      entry.checksum = `sha256:${entry.checksum.slice(7).toUpperCase()}`;
    }),
  },
  "entry-at-another-key": {
    about: "the templates' entry under the schemas' key", decision: "corrupt", entries: { ...ALL, widgetSchemas: "corrupt" },
    items: changed((items) => (items.atlas_v1_widgetSchemas = items.atlas_v1_widgetTemplates)),
  },
  "entry-of-another-snapshot": {
    about: "a sound entry of version 2 beside the manifest of version 1", decision: "corrupt",
    entries: { ...ALL, widgetTemplates: "corrupt" },
    items: changed((items) => (items.atlas_v1_widgetTemplates = snapshot(payloads, { version: 2 }).atlas_v1_widgetTemplates)),
  },
  "manifest-changed": {
    about: "checkedAt moved by hand", decision: "corrupt",
    entries: { manifest: "corrupt", planHints: "corrupt", widgetSchemas: "corrupt", widgetTemplates: "corrupt" },
    items: changed((items) => (items.atlas_v1_manifest.checkedAt = NOW)),
  },
  "template-without-premium": {
    about: "a checksum that fits a template of the wrong shape", decision: "corrupt", entries: { ...ALL, widgetTemplates: "corrupt" },
    items: changed((items) => {
      delete items.atlas_v1_widgetTemplates.payload["classic-light"].premium;
      republish(items, "widgetTemplates");
    }),
  },
  "version-zero": {
    about: "versions begin with 1", decision: "corrupt", entries: { ...ALL, widgetSchemas: "corrupt" },
    items: changed((items) => {
      items.atlas_v1_widgetSchemas.version = 0;
      republish(items, "widgetSchemas");
    }),
  },
  "records-miscounted": {
    about: "a manifest that counts other records than there are", decision: "corrupt", entries: { ...ALL, widgetSchemas: "corrupt" },
    items: changed((items) => {
      items.atlas_v1_manifest.entries["atlas:v1:widgetSchemas"].records = 7;
      resealManifest(items);
    }),
  },
  "clock-ahead": {
    about: "checkedAt 5 min and 1 ms in the future", items: snapshot(payloads, { checkedAt: "2026-11-22T13:05:00.001Z" }), decision: "clock_skew",
  },
  "clock-slightly-ahead": {
    about: "checkedAt 5 min in the future", items: snapshot(payloads, { checkedAt: "2026-11-22T13:05:00.000Z" }), decision: "hit",
  },
  "expired": {
    about: "checkedAt 13 h and 1 ms ago", items: snapshot(payloads, { checkedAt: "2026-11-21T23:59:59.999Z" }), decision: "expired",
  },
  "almost-expired": {
    about: "checkedAt 13 h ago", items: snapshot(payloads, { checkedAt: "2026-11-22T00:00:00.000Z" }), decision: "hit",
  },
  "no-such-template": { about: "a template that is not in the snapshot", items: whole(), lookup: { ...FAQ, templateId: "nope" }, decision: "record_missing" },
  "template-of-another-type": {
    about: "a template that is for another widget type", items: whole(), lookup: { ...FAQ, templateId: "classic-light" },
    decision: "record_missing",
  },
  "no-such-widget-type": { about: "a widget type that is not in the snapshot", items: whole(), lookup: { ...FAQ, widgetType: "nope" }, decision: "record_missing" },
  "inherited-name": {
    about: "a name that every JavaScript object inherits", items: whole(), lookup: { ...FAQ, widgetType: "constructor" }, decision: "record_missing",
  },
  "no-widget-type": { about: "an instance that names none", items: whole(), lookup: { ...FAQ, widgetType: null }, decision: "record_missing" },
  "no-schema-version": {
    about: "an instance that names none", items: whole(), lookup: { ...FAQ, schemaVersion: null }, decision: "schema_version_mismatch",
  },
  "unknown-schema-version": {
    about: "a version that the type does not have", items: whole(), lookup: { ...FAQ, schemaVersion: "2026-01-01" }, decision: "schema_version_mismatch",
  },
  "template-of-another-version": {
    about: "the type has both versions, the template is of the other one", decision: "schema_version_mismatch",
    lookup: { ...FAQ, schemaVersion: "2025-10-01" },
    items: snapshot({
      ...payloads,
      widgetSchemas: {
        ...payloads.widgetSchemas,
        "content.faq": { ...payloads.widgetSchemas["content.faq"], "2025-10-01": { schema: { type: "object" } } },
      },
    }),
  },
};

function reverse(value) {
  if (Array.isArray(value)) return value.map(reverse);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, reverse(member)]));
}

// Rows.

const edit = (table, change) => {
  const copy = structuredClone(rows);
  change(copy[table]);
  return copy;
};

const ROWS = {
  "template-of-wrong-type": {
    exit: 5, says: ["widget_templates.json", "row 2", "announcement-classic-light", "column premium", "\"yes\""],
    rows: edit("widget_templates", (table) => (table[1].premium = "yes")),
  },
  "template-twice": {
    exit: 5, says: ["widget_templates.json", "row 7", "faq-classic-light", "row 1"],
    rows: edit("widget_templates", (table) => table.push(table[0])),
  },
  "template-without-schema": {
    exit: 5, says: ["widget_templates.json", "row 4", "classic-light", "column schema_version", "\"2031-01-01\""],
    rows: edit("widget_templates", (table) => (table[3].schema_version = "2031-01-01")),
  },
  "template-of-unknown-layout": {
    exit: 5, says: ["widget_templates.json", "row 1", "column layout", "LIST, GRID", "\"SPIRAL\""],
    rows: edit("widget_templates", (table) => (table[0].layout = "SPIRAL")),
  },
  "template-column-missing": {
    exit: 5, says: ["widget_templates.json", "row 1", "column name", "no such column"],
    rows: edit("widget_templates", (table) => delete table[0].name),
  },
  "schema-is-a-text": {
    exit: 5, says: ["widget_schemas.json", "row 1", "content.faq", "column schema", "\"object\""],
    rows: edit("widget_schemas", (table) => (table[0].schema = "object")),
  },
  "plan-feature-in-two-spellings": {
    exit: 5, says: ["plan_features.json", "row 5", "free", "row 1"],
    rows: edit("plan_features", (table) => table.push({ ...table[0], feature_key: "premiumTemplates" })),
  },
  "no-templates": { exit: 4, says: ["widget_templates.json", "at least one row"], rows: edit("widget_templates", (table) => table.splice(0)) },
  "integer-too-large": {
    exit: 5, says: ["widget_templates.json", "row 1", "column defaults", "9007199254740993", "2^53"],
    rows: rows, text: { widget_templates: (text) => text.replace('"Frequently Asked Questions"', "9007199254740993") },
  },
  "member-twice": {
    exit: 5, says: ["widget_templates.json", "row 1", "column defaults", "title", "twice"],
    rows: rows, text: { widget_templates: (text) => text.replace('"title":', '"title": "x", "title":') },
  },
  "broken-json": {
    exit: 4, says: ["widget_schemas.json", "line 2", "column"],
    rows: rows, text: { widget_schemas: (text) => text.replace("{", "{,") },
  },
  "file-missing": { exit: 4, says: ["plan_limits.json", "--source file:DIR"], rows: rows, text: { plan_limits: () => undefined } },
};

// The golden snapshot beside them was made by nobody here.
for (const folder of ["snapshots", "signatures", "rows"]) rmSync(join(out, folder), { recursive: true, force: true });
mkdirSync(join(out, "snapshots"), { recursive: true });
for (const [name, { about, items, lookup = FAQ, decision, warning = null, entries = ALL }] of Object.entries(SNAPSHOTS)) {
  const fixture = { about, now: NOW, lookup, expect: { decision, warning, entries }, items };
  writeFileSync(join(out, "snapshots", `${name}.json`), `${JSON.stringify(fixture, null, 1)}\n`);
}
mkdirSync(join(out, "signatures"), { recursive: true });
for (const [name, fixture] of Object.entries(signatureFixtures(whole(), { now: NOW, lookup: FAQ }))) {
  writeFileSync(join(out, "signatures", `${name}.json`), `${JSON.stringify(fixture, null, 1)}\n`);
}
writeFileSync(join(out, "keys.json"), `${JSON.stringify(keyFixtures(), null, 1)}\n`);
for (const [name, { exit, says, rows: tables, text = {} }] of Object.entries(ROWS)) {
  mkdirSync(join(out, "rows", name), { recursive: true });
  for (const [table, content] of Object.entries(tables)) {
    const written = (text[table] ?? ((same) => same))(`${JSON.stringify(content, null, 1)}\n`);
    if (written !== undefined) writeFileSync(join(out, "rows", name, `${table}.json`), written);
  }
  writeFileSync(join(out, "rows", name, "expect.json"), `${JSON.stringify({ exit, says }, null, 1)}\n`);
}
