// Who has signed a manifest: Ed25519 (RFC 8032) by the platform's WebCrypto, over the bytes that the checksum covers. Rust is
// told what is wrong, and decides.
import { turn } from "./clock.js";
import { canonical, own } from "./items.js";
import { text } from "./log.js";

/** @import { Item } from "./items.js" */

/** @typedef {{ readonly raw: Uint8Array<ArrayBuffer>, id?: string, key?: CryptoKey }} PublicKey */

/** How many texts are remembered: one more empties the memory. */
const MOST_JUDGED = 4;

/** For how many turns of the event loop a check waits for one that is under way. */
const MOST_TURNS = 20;

/** What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410, section 4), as base64. */
const SPKI = "MCowBQYDK2VwAyEA";

/** 32 bytes, and 64, as base64url without stray bits. */
const KEY = /^[\w-]{42}[AEIMQUYcgkosw048]$/;
const SIGNATURE = /^[\w-]{85}[AQgw]$/;

/** Points of low order, and numbers that are not reduced. WebCrypto takes them, and then anybody's signature. */
const LOW_ORDER =
  /^(A[AQ]A{39}[AI]A|[7-9_-][Pfv_]_{39}[3_]8|JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_[AI]U|xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA[3_]o)$/;

/**
 * The 32 bytes of a public key, from base64, base64url or PEM; `undefined` for anything else.
 *
 * @param {unknown} given
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function publicKeyOf(given) {
  if (typeof given !== "string") return undefined;
  const pem = /^-----BEGIN PUBLIC KEY-----([\s\w+/=]+)-----END PUBLIC KEY-----$/.exec(given.trim())?.[1]?.replace(/\s/g, "");
  const base64 = pem?.startsWith(SPKI) ? pem.slice(SPKI.length) : given.trim();
  const key = base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=$/, "");
  return KEY.test(key) && !LOW_ORDER.test(key) ? bytesOf(key) : undefined;
}

export class Signatures {
  /** @type {PublicKey[]} */
  #keys;
  #required;
  /**
   * What was found, by the manifest's text. Results only: a promise of one request is never awaited by another.
   *
   * @type {Map<string, string>}
   */
  #judged = new Map();
  #isChecking = false;

  /**
   * @param {Uint8Array<ArrayBuffer>[]} keys
   * @param {number} required how many of them must have signed
   */
  constructor(keys, required) {
    this.#keys = keys.map((raw) => ({ raw }));
    this.#required = required;
  }

  /**
   * Tells a manifest what was found on its text before. Gives whether anything was.
   *
   * @param {Item} manifest
   */
  knows(manifest) {
    manifest.signatureFault = this.#judged.get(manifest.written);
    return manifest.signatureFault !== undefined;
  }

  /**
   * Checks a manifest, and tells it what is wrong. Gives whether the platform could not check it. Never rejects. In a crowd one
   * checks for all: the others look, in turns of their own, whether it is done. A request that is cancelled may take its check
   * with it.
   *
   * @param {Item} manifest
   * @returns {Promise<true | void>}
   */
  async check(manifest) {
    for (let turns = 0; this.#isChecking && turns < MOST_TURNS; turns += 1) await turn();
    if (this.knows(manifest)) return;
    const { written } = manifest;
    this.#isChecking = true;
    try {
      const fault = await this.#fault(written);
      if (this.#judged.size >= MOST_JUDGED) this.#judged.clear();
      this.#judged.set(written, fault);
      manifest.signatureFault = fault;
    } catch (error) {
      // The next read is checked anew.
      manifest.signatureFault = `the signatures cannot be checked: ${text(error)}`;
      return true;
    } finally {
      this.#isChecking = false;
    }
  }

  /** @param {string} text */
  async #fault(text) {
    const { checksum, signatures, ...signed } = JSON.parse(text);
    const bytes = new TextEncoder().encode(canonical(signed));
    const valid = await Promise.all(this.#keys.map((key) => isSigned(key, signatures, bytes)));
    const found = valid.filter(Boolean).length;
    if (found >= this.#required) return "";
    return `expected valid signatures by ${this.#required} of the keys ${this.#keys.map(({ id }) => id)}, found ${found}`;
  }
}

/**
 * @param {PublicKey} key
 * @param {unknown} signatures
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function isSigned(key, signatures, bytes) {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) throw new Error("no WebCrypto, and so no Ed25519");
  key.id ??= hex(new Uint8Array(await subtle.digest("SHA-256", key.raw)).subarray(0, 8));
  const signature = own(signatures, key.id);
  if (typeof signature !== "string" || !SIGNATURE.test(signature)) return false;
  key.key ??= await subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  return subtle.verify("Ed25519", key.key, bytesOf(signature), bytes);
}

/** @param {string} base64 its URL-safe form */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
