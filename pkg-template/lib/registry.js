// The keys of the registry, the manifest first, as `Key` in Rust has them; a test compares the two. They stand here too, so
// that a runtime without Wasm can still name them.
import { AtlasError } from "./options.js";

/** @import { AtlasKey } from "../index.js" */

/** @type {readonly AtlasKey[]} */
export const KEYS = Object.freeze([
  "atlas:v1:manifest",
  "atlas:v1:planHints",
  "atlas:v1:widgetSchemas",
  "atlas:v1:widgetTemplates",
]);

/** Edge Config takes no colons. */
export const STORED_KEYS = Object.freeze(KEYS.map((key) => key.replaceAll(":", "_")));

/**
 * The keys of each read that was made, by the bits of its entries.
 *
 * @type {(readonly (string | undefined)[])[]}
 */
const READS = [];

/**
 * The stored keys of a read, each at its place: the manifest's, and those of the entries whose bits are set.
 *
 * @param {number} entries
 */
export function keysToRead(entries) {
  return (READS[entries] ??= STORED_KEYS.map((key, place) => ((entries * 2 + 1) & (1 << place) ? key : undefined)));
}

/**
 * The key under which Edge Config holds a logical key.
 *
 * @param {AtlasKey} key
 */
export function storedKey(key) {
  const stored = STORED_KEYS[KEYS.indexOf(key)];
  if (stored !== undefined) return stored;
  throw new AtlasError("ATLAS_UNKNOWN_KEY", `unknown key ${shown(key)}: expected one of ${KEYS.join(", ")}`);
}

/** @param {unknown} key */
function shown(key) {
  return typeof key === "string" ? JSON.stringify(key.slice(0, 100)) : `of type ${typeof key}`;
}
