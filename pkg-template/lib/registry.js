// The keys of the registry, the manifest first, as `Key` in Rust has them; a test holds the two together. They stand here
// too, so that a runtime without Wasm can still name them.
import { AtlasError } from "./options.js";

export const KEYS = Object.freeze([
  "atlas:v1:manifest",
  "atlas:v1:planHints",
  "atlas:v1:widgetSchemas",
  "atlas:v1:widgetTemplates",
]);

/** Edge Config takes no colons. */
export const STORED_KEYS = Object.freeze(KEYS.map((key) => key.replaceAll(":", "_")));

/** The stored keys of a read: the manifest's, and those of the entries whose bits are set. */
export const keysToRead = (entries) => STORED_KEYS.filter((_, place) => ((entries * 2 + 1) >> place) & 1);

/** The key under which Edge Config holds a logical key. */
export function storedKey(key) {
  const stored = STORED_KEYS[KEYS.indexOf(key)];
  if (stored !== undefined) return stored;
  throw new AtlasError("ATLAS_UNKNOWN_KEY", `unknown key ${shown(key)}: expected one of ${KEYS.join(", ")}`);
}

function shown(key) {
  return typeof key === "string" ? JSON.stringify(key.slice(0, 100)) : `of type ${typeof key}`;
}
