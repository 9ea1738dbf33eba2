// Seals changed entries again, so that a test can give a snapshot one defect only: the format a second time, from
// JSON.stringify and node:crypto.

import { createHash, createPrivateKey, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT } from "../../scripts/lib/paths.mjs";

/** The keys for tests: `old`, `new` and `stranger`; and those that no reader takes. */
export const { keys: KEYS, refused: REFUSED_KEYS } = JSON.parse(await readFile(join(ROOT, "tests", "fixtures", "keys.json"), "utf8"));

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

/** The items with a manifest that these keys have signed, and no others. */
export function signedBy(items, ...names) {
  const { signatures: _, ...members } = items.atlas_v1_manifest;
  const manifest = seal(members);
  const { checksum: __, ...covered } = manifest;
  const signature = (name) => sign(null, Buffer.from(canonical(covered)), createPrivateKey(KEYS[name].privatePem)).toString("base64url");
  const signatures = Object.fromEntries(names.map((name) => [KEYS[name].id, signature(name)]));
  return { ...items, atlas_v1_manifest: { ...manifest, signatures } };
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
