// From what the SDK gives to what Rust takes: each value with its JSON as UTF-8 bytes, which Rust copies a window at a
// time, and for a large value its hash, which the platform makes faster.

/** From how many bytes on WebCrypto is faster than SHA-256 in Wasm, its promise included. */
const LARGE = 131_072;

/** The length of `{"checksum":"sha256:…",`, the first member of an entry in the order in which it was written. */
const CHECKSUM_MEMBER = 13 + 71 + 2;

const [COMMA, BRACE] = [0x2c, 0x7b];

const encoder = new TextEncoder();

/** A value of the store, for Rust to verify; `kept` is what it keeps of one that is good. */
class Item {
  #bytes;

  constructor(key, kept, json) {
    this.key = key;
    this.kept = kept;
    this.hashed = undefined;
    this.#bytes = encoder.encode(json);
  }

  get length() {
    return this.#bytes.length;
  }

  /** Copies bytes of the JSON into the Wasm's memory. */
  read(at, into) {
    into.set(this.#bytes.subarray(at, at + into.length));
  }

  /**
   * Has the platform hash `{` and what follows the first member: what an entry's checksum is made of. Where there is no
   * WebCrypto, or it fails, Rust hashes.
   */
  async hash() {
    const before = CHECKSUM_MEMBER - 1;
    if (this.#bytes[before] !== COMMA) return;
    try {
      // The comma is the brace for as long as it takes to hand the bytes over, which copies them.
      this.#bytes[before] = BRACE;
      const hash = globalThis.crypto.subtle.digest("SHA-256", this.#bytes.subarray(before));
      this.#bytes[before] = COMMA;
      this.hashed = new Uint8Array(await hash);
    } catch {
      this.#bytes[before] = COMMA;
    }
  }
}

/** The values under these stored keys, of which the manifest's is the first. Only own members count: an answer is data,
 * whatever its prototype says. */
export function itemsOf(answer, keys) {
  const items = [];
  keys.forEach((key, place) => {
    const value = own(answer, key);
    if (value === undefined) return;
    const text = json(value);
    const kept = place === 0 ? { value, json: text, checksum: own(value, "checksum") } : value;
    items.push(new Item(key, kept, text));
  });
  return items;
}

/** The same items, the large ones hashed. */
export async function hashed(items) {
  await Promise.all(items.map((item) => (item.length >= LARGE ? item.hash() : undefined)));
  return items;
}

/** Whether a manifest that came is, letter for letter, one that was verified. The store may give the same object again. */
export function isSame(kept, value) {
  if (kept === undefined) return false;
  return kept.value === value ? value.checksum === kept.checksum : kept.json === json(value);
}

/** A member, or undefined: what an answer holds is whatever somebody stored. */
export function own(value, name) {
  try {
    return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/** What JSON cannot write (a BigInt, a cycle, an Infinity) never came from a store; it is told apart as text that is no JSON. */
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
 * Whether every null that JSON.stringify has written is one. It writes null for an Infinity too, as which JSON.parse
 * reads 1e400: what is verified would not be what is served. A member that is undefined is none, as JSON has it.
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
