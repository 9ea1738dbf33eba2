// Seals changed entries again, so that a test can give a snapshot one defect only: the format a second time, from
// JSON.stringify and node:crypto.

import { createHash } from "node:crypto";

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** An envelope with a checksum that fits, and its members in canonical order. */
export function seal({ checksum: _, ...envelope }) {
  const checksum = `sha256:${createHash("sha256").update(canonical(envelope)).digest("hex")}`;
  return JSON.parse(canonical({ ...envelope, checksum }));
}

/** The items with another manifest time, sealed again. */
export function checkedAt(items, time) {
  return { ...items, atlas_v1_manifest: seal({ ...items.atlas_v1_manifest, checkedAt: new Date(time).toISOString() }) };
}

/** The items with another payload for an entry, and a manifest that names it. */
export function withPayload(items, name, payload, records) {
  const stored = `atlas_v1_${name}`;
  const entry = seal({ ...items[stored], payload });
  const manifest = structuredClone(items.atlas_v1_manifest);
  const bytes = Buffer.byteLength(canonical(entry));
  manifest.entries[entry.key] = { bytes, checksum: entry.checksum, records, version: entry.version };
  return { ...items, [stored]: entry, atlas_v1_manifest: seal(manifest) };
}
