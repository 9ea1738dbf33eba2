// One read of the store. A client is whatever a caller has: it may throw, answer at once, twice, or never.
import { text } from "./log.js";
import { itemsOf } from "./items.js";

/** @import { EdgeConfigReader } from "../index.js" */
/** @import { Item } from "./items.js" */

/**
 * Reads these stored keys, and calls `done` once: with the items that the store holds, or with the message of an error.
 * Nothing is thrown.
 *
 * @param {EdgeConfigReader} client
 * @param {(string | undefined)[]} keys each at its place in the registry
 * @param {(items: Item[] | undefined, error?: string) => void} done
 */
export function read(client, keys, done) {
  const names = keys.filter((key) => key !== undefined);
  start(client, names).then((answer) => done(itemsOf(answer, keys)), (error) => done(undefined, text(error)));
}

/**
 * @param {EdgeConfigReader} client
 * @param {string[]} keys
 */
async function start(client, keys) {
  const [manifest = "", ...entries] = keys;
  // The manifest alone: `get` costs a server and the SDK less than `getAll`.
  if (entries.length === 0 && typeof client.get === "function") return { [manifest]: await client.get(manifest) };
  return client.getAll(/** @type {never} */ (keys));
}
