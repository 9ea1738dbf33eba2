// Each signature of a manifest beside the keys that were given: Ed25519 (RFC 8032) by the browser's WebCrypto, over the bytes
// that the checksum covers. For showing only: the verdict is the package's.
import type { Json } from "@clickeen/atlas";

import { canonicalText } from "./canonical";
import { isObject } from "./items";
import type { PublicKey } from "./public-keys";

/**
 * `good`: the key signed this manifest. `not this text`: the signature under the key's id is not one of this manifest by this
 * key. `not a signature`: the value under the key's id does not have the form of a signature. `not signed`: there is nothing
 * under the key's id. `wrong key`: a signature by a key that was not given.
 */
export type SignatureVerdict = "good" | "not this text" | "not a signature" | "not signed" | "wrong key";

export interface CheckedSignature {
  /** The key's id. */
  readonly id: string;
  readonly verdict: SignatureVerdict;
}

type Members = Readonly<Record<string, Json>>;

/** 64 bytes as base64url without stray bits. */
const SIGNATURE = /^[\w-]{85}[AQgw]$/;

/**
 * The signature of each key, in their order, and then every other one.
 *
 * @throws the browser's own error where it cannot verify Ed25519
 */
export async function checkSignatures(manifest: Members, keys: readonly PublicKey[]): Promise<readonly CheckedSignature[]> {
  const { checksum: _, signatures = null, ...covered } = manifest;
  const stated: Members = isObject(signatures) ? signatures : {};
  const text = new TextEncoder().encode(canonicalText(covered));
  const own = await Promise.all(keys.map((key) => checkOne(key, stated, text)));
  const others = Object.keys(stated).filter((id) => !own.some((one) => one.id === id));
  return [...own, ...others.map((id): CheckedSignature => ({ id, verdict: "wrong key" }))];
}

async function checkOne({ raw }: PublicKey, stated: Members, text: Uint8Array<ArrayBuffer>): Promise<CheckedSignature> {
  const id = await idOf(raw);
  if (!Object.hasOwn(stated, id)) return { id, verdict: "not signed" };
  const signature = stated[id];
  if (typeof signature !== "string" || !SIGNATURE.test(signature)) return { id, verdict: "not a signature" };
  const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  return { id, verdict: (await crypto.subtle.verify("Ed25519", key, bytesOf(signature), text)) ? "good" : "not this text" };
}

/** The first 16 digits of the key's SHA-256. */
async function idOf(raw: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
  return Array.from(hash.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
