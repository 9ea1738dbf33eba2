// From what the SDK's `getAll` gives to what Rust takes: each value with its JSON as UTF-8 bytes, which cross into the
// Wasm in one copy, and for a large value its hash, which the platform makes faster.

/** From how many bytes on WebCrypto is faster than SHA-256 in Wasm, its promise included. */
const LARGE = 16_384;

/** The length of `{"checksum":"sha256:…",`, the first member of an entry in the order in which it was written. */
const CHECKSUM_MEMBER = 13 + 71 + 2;

const encoder = new TextEncoder();

/** The values under these stored keys. Only own members count: an answer is data, whatever its prototype says. */
export function itemsOf(answer, keys) {
  const items = [];
  for (const key of keys) {
    const value = own(answer, key);
    if (value !== undefined) items.push({ key, value, json: json(value), hashed: undefined });
  }
  return items;
}

/** The manifest's JSON, if nothing else was asked for. */
export function manifestAlone(answer, keys) {
  const manifest = keys.length === 1 ? own(answer, keys[0]) : undefined;
  try {
    return typeof manifest === "object" ? JSON.stringify(manifest) : undefined;
  } catch {
    return undefined;
  }
}

/** A member, or undefined: what an answer holds is whatever somebody stored. */
function own(value, name) {
  try {
    return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;
  } catch {
    return undefined;
  }
}

/** What JSON cannot write (a BigInt, a cycle) never came from a store; it is told apart as text that is no JSON. */
function json(value) {
  try {
    return encoder.encode(JSON.stringify(value) ?? "");
  } catch {
    return new Uint8Array();
  }
}

/**
 * The same items, the large ones with the hash of `{` and what follows their first member: what an entry's checksum is
 * made of. Where there is no WebCrypto, or it fails, Rust hashes.
 */
export async function hashed(items) {
  const subtle = globalThis.crypto?.subtle;
  const large = items.filter(({ json }) => json.length >= LARGE);
  if (subtle !== undefined && large.length > 0) await Promise.all(large.map((item) => hash(subtle, item)));
  return items;
}

async function hash(subtle, item) {
  // The bytes from the checksum's last on, with a brace in its place.
  const content = item.json.slice(CHECKSUM_MEMBER - 1);
  content[0] = 0x7b;
  try {
    item.hashed = new Uint8Array(await subtle.digest("SHA-256", content));
  } catch {
    // Rust hashes what has no hash.
  }
}
