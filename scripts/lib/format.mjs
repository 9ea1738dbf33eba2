// The snapshot's format a second time (JSON.stringify and node:crypto). It shares nothing with the crate, so fixtures,
// benchmarks and tests that are made with it hold the crate to the format, and not to itself.
import { createHash } from "node:crypto";

const T0 = "2026-11-22T12:00:00.000Z";

/** RFC 8785: members in the order of their UTF-16 code units, everything else as ECMAScript spells it. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

/** The envelope with the checksum of what it holds; a manifest's signatures are not covered. */
export function seal({ checksum: _, ...envelope }) {
  const { signatures, ...unsigned } = envelope;
  const covered = envelope.key === "atlas:v1:manifest" ? unsigned : envelope;
  const checksum = `sha256:${createHash("sha256").update(canonical(covered)).digest("hex")}`;
  return { checksum, ...envelope };
}

/** The items of a store that holds these payloads (by the last part of their key) as one snapshot. */
export function snapshot(payloads, { version = 1, at = T0, checkedAt = at } = {}) {
  const entries = {};
  const items = {};
  for (const [name, payload] of Object.entries(payloads)) {
    const entry = seal({ format: 1, key: `atlas:v1:${name}`, payload, updatedAt: at, version });
    items[`atlas_v1_${name}`] = entry;
    entries[entry.key] = summary(entry);
  }
  items.atlas_v1_manifest = seal({
    format: 1, key: "atlas:v1:manifest", entries, checkedAt, updatedAt: at, version, writer: "atlas-sync/0.1.0",
  });
  items[`atlas_v1_rev_${version}`] = { version };
  return items;
}

/** What a manifest says of an entry. */
export function summary({ key, payload, checksum, version, ...rest }) {
  const records = key === "atlas:v1:widgetSchemas"
    ? Object.values(payload).reduce((sum, versions) => sum + Object.keys(versions).length, 0)
    : Object.keys(payload).length;
  const bytes = Buffer.byteLength(canonical({ key, payload, checksum, version, ...rest }));
  return { bytes, checksum, records, version };
}
