// A key that the benchmark makes for itself, and manifests that it signs.
import { createHash, generateKeyPairSync, sign } from "node:crypto";

import { canonical, seal } from "../../scripts/lib/format.mjs";

/** How many manifests follow one another: more than a reader remembers. */
const HEARTBEATS = 16;

/** The public key as an option of a reader, and how to sign a manifest. */
export function signer() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const id = createHash("sha256").update(raw).digest("hex").slice(0, 16);
  const signed = (manifest) => {
    const { checksum: _, signatures: __, ...covered } = manifest;
    return { ...manifest, signatures: { [id]: sign(null, Buffer.from(canonical(covered)), privateKey).toString("base64url") } };
  };
  return { publicKey: raw.toString("base64url"), signed };
}

/** Manifests of one snapshot, each confirmed a second after the last. */
export function heartbeats(manifest, signed) {
  const checkedAt = (second) => new Date(Date.parse(manifest.checkedAt) + second * 1_000).toISOString();
  return Array.from({ length: HEARTBEATS }, (_, second) => signed(seal({ ...manifest, checkedAt: checkedAt(second) })));
}
