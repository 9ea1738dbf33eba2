// Who has signed what. Signatures are made and verified with node:crypto before the explorer starts; a reader then finds
// the results behind WebCrypto's functions, whose promises the explorer paces. So a schedule repeats to the microtask.
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

import { canonical } from "../../scripts/lib/format.mjs";
import { keyFixtures } from "../../scripts/lib/signature-fixtures.mjs";

const { keys: KEYS } = keyFixtures();
/** The keys that readers may have. */
const KNOWN = ["old", "new"];

const textOf = ({ checksum: _, signatures: __, ...covered }) => canonical(covered);
const signedBy = (manifest, name) => sign(null, Buffer.from(textOf(manifest)), createPrivateKey(KEYS[name].privatePem)).toString("base64url");

/** The manifest with signatures of these keys. `under` names the keys whose ids they stand under. */
export function withSignatures(manifest, names, { over = manifest, under = names } = {}) {
  return { ...manifest, signatures: Object.fromEntries(names.map((name, place) => [KEYS[under[place]].id, signedBy(over, name)])) };
}

/** The names of the known keys that have signed a manifest, by node:crypto. */
export function signersOf(manifest) {
  return KNOWN.filter((name) => {
    const signature = manifest.signatures?.[KEYS[name].id];
    if (signature === undefined) return false;
    return verify(null, Buffer.from(textOf(manifest)), createPublicKey(KEYS[name].publicPem), Buffer.from(signature, "base64url"));
  });
}

/** What WebCrypto is to know: each key with its id, and each valid signature with its key and the text that it is over. */
export function cryptoFor(manifests) {
  const keys = Object.fromEntries(KNOWN.map((name) => [name, { id: KEYS[name].id, publicKey: KEYS[name].publicKey }]));
  const signatures = {};
  for (const manifest of manifests) {
    for (const name of signersOf(manifest)) {
      signatures[manifest.signatures[keys[name].id]] = { publicKey: keys[name].publicKey, text: textOf(manifest) };
    }
  }
  return { keys, signatures };
}
