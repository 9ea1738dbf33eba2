// From what the SDK gives to what Rust takes: each value with its JSON, which is written only if Rust asks for it. Rust
// copies it a window at a time; the hash of a large one is made by the platform, which is faster.

/** From how many bytes on WebCrypto is faster than SHA-256 in Wasm, its promise included. */
const LARGE = 131_072;

/** The length of `{"checksum":"sha256:…",`, the first member of an entry in the order in which it was written. */
const CHECKSUM_MEMBER = 13 + 71 + 2;

const [COMMA, BRACE] = [0x2c, 0x7b];

/**
 * Made when it is first needed: where there is none, the package can still be imported.
 *
 * @type {TextEncoder | undefined}
 */
let encoder;

/** A value of the store, for Rust to judge and, if it is good, to serve from. */
export class Item {
  /** @type {string | undefined} */
  #json;
  /** @type {Uint8Array<ArrayBuffer> | undefined} */
  #bytes;
  /** @type {Uint8Array | undefined} */
  #hash;

  /**
   * @param {number} place of its key in the registry
   * @param {any} value
   */
  constructor(place, value) {
    this.place = place;
    this.value = value;
    this.checksum = own(value, "checksum");
    /**
     * What is wrong with a manifest's signatures: nothing if it is empty, and nobody has checked them if it is undefined.
     *
     * @type {string | undefined}
     */
    this.signatureFault = undefined;
  }

  /**
   * Whether there is this record, or this member of it.
   *
   * @param {string} record
   * @param {string} [member]
   */
  has(record, member) {
    const found = own(own(this.value, "payload"), record);
    return (member === undefined ? found : own(found, member)) !== undefined;
  }

  /**
   * A member of a record, if it is a string.
   *
   * @param {string} record
   * @param {string} member
   * @returns {string | undefined}
   */
  text(record, member) {
    const found = own(own(own(this.value, "payload"), record), member);
    return typeof found === "string" ? found : undefined;
  }

  /** The value as JSON, written when it is first needed. */
  get json() {
    return (this.#json ??= json(this.value));
  }

  get length() {
    return this.#utf8.length;
  }

  /**
   * Copies bytes of the JSON into the Wasm's memory.
   *
   * @param {number} at
   * @param {Uint8Array} into
   */
  read(at, into) {
    into.set(this.#utf8.subarray(at, at + into.length));
  }

  /**
   * Whether this has the text of an item that was judged before. A client may give the very object again: if the read
   * `overlaps` that judgement, the object was the same at one moment of the read, so it is not written anew.
   *
   * @param {Item} judged
   * @param {boolean} overlaps
   */
  isSame(judged, overlaps) {
    if (this.value !== judged.value || !overlaps) return this.json === judged.json;
    if (this.checksum !== judged.checksum) return false;
    // The text is the one that was judged, whatever becomes of the object.
    this.#json = judged.#json;
    return true;
  }

  /**
   * Copies the platform's hash, if there is one, into the Wasm's memory.
   *
   * @param {Uint8Array} into
   */
  hashed(into) {
    if (this.#hash === undefined) return false;
    into.set(this.#hash);
    return true;
  }

  /** The canonical form of the JSON (RFC 8785), for Rust to judge; undefined where there is none. */
  canonical() {
    try {
      return canonical(JSON.parse(this.json));
    } catch {
      return undefined;
    }
  }

  /** Drops the text of a value that was verified. */
  forget() {
    this.#json = undefined;
  }

  /** Drops the bytes, when Rust has seen them. */
  release() {
    this.#bytes = undefined;
  }

  get #utf8() {
    return (this.#bytes ??= (encoder ??= new TextEncoder()).encode(this.json));
  }

  /**
   * Has the platform hash `{` and what follows the first member: what an entry's checksum is made of. Where there is no
   * WebCrypto, or it fails, Rust hashes.
   */
  async hash() {
    const bytes = this.#utf8;
    const before = CHECKSUM_MEMBER - 1;
    if (bytes.length < LARGE || bytes[before] !== COMMA) return;
    try {
      // The comma is the brace for as long as it takes to hand the bytes over, which copies them.
      bytes[before] = BRACE;
      const hash = globalThis.crypto.subtle.digest("SHA-256", bytes.subarray(before));
      bytes[before] = COMMA;
      this.#hash = new Uint8Array(await hash);
    } catch {
      bytes[before] = COMMA;
    }
  }
}

/**
 * The values under these stored keys. Only own members count: an answer is data, whatever its prototype says.
 *
 * @param {unknown} answer
 * @param {readonly (string | undefined)[]} keys each at its place in the registry, the manifest first
 */
export function itemsOf(answer, keys) {
  /** @type {Item[]} */
  const items = [];
  keys.forEach((key, place) => {
    const value = key === undefined ? undefined : own(answer, key);
    if (value !== undefined) items.push(new Item(place, value));
  });
  return items;
}

/**
 * Has the platform hash the large ones. Never rejects.
 *
 * @param {Item[]} items
 */
export async function hash(items) {
  await Promise.all(items.map((item) => item.hash()));
}

/**
 * Whether there is something for the platform to hash: an entry beside the manifest.
 *
 * @param {Item[]} items
 * @returns {items is [Item, Item, ...Item[]]}
 */
export function hasEntries(items) {
  return items.length > 1;
}

/**
 * A member, or undefined: what an answer holds is whatever somebody stored.
 *
 * @param {any} value
 * @param {string} name
 * @returns {any}
 */
export function own(value, name) {
  try {
    return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/**
 * RFC 8785: what ECMAScript's own serialization writes, with the members of each object sorted by their names.
 *
 * @param {any} value what JSON.parse gave
 * @returns {string}
 */
export function canonical(value) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
}

/**
 * The value as JSON. What JSON cannot write (a BigInt, a cycle, an Infinity) never came from a store: its text is empty,
 * which is no JSON.
 *
 * @param {unknown} value
 */
function json(value) {
  try {
    const text = JSON.stringify(value) ?? "";
    // Only what became a null has to be looked for: going over all values takes longer than verifying them.
    return text.includes("null") && !isCarried(value) ? "" : text;
  } catch {
    return "";
  }
}

/**
 * Whether every null that JSON.stringify wrote stands for a null. It writes one for an Infinity too, which is what
 * JSON.parse reads 1e400 as: what is verified would not be what is served. A member that is undefined is left out, in JSON.
 *
 * @param {unknown} value
 * @returns {boolean}
 */
function isCarried(value, inArray = true) {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return !inArray || JSON.stringify(value) !== undefined;
  if (value === null) return true;
  const isArray = Array.isArray(value);
  // A hole in an array, which is written as null, is undefined here.
  for (const member of isArray ? value : Object.values(value)) if (!isCarried(member, isArray)) return false;
  return true;
}
