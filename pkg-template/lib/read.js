// One read of the store. A client is whatever a caller has: it may throw, answer at once, twice, or never.
import { text } from "./log.js";
import { itemsOf } from "./items.js";

/** @import { EdgeConfigReader } from "../index.js" */
/** @import { Item } from "./items.js" */
/** @import { Lookup } from "./protocol.js" */

/**
 * Reads these stored keys for a lookup, and calls `done` once: with the items that the store holds, or with the message of an
 * error. The first read of a lookup may have been asked for before. Nothing is thrown.
 *
 * @param {EdgeConfigReader} client
 * @param {readonly (string | undefined)[]} keys each at its place in the registry
 * @param {Lookup} lookup
 * @param {(items: Item[] | undefined, error?: string) => void} done
 */
export function read(client, keys, lookup, done) {
  const answer = lookup.first?.answer ?? ask(client, keys);
  lookup.first = undefined;
  answer.then((answer) => done(itemsOf(answer, keys)), (error) => done(undefined, text(error)));
}

/**
 * Asks the store for these keys.
 *
 * @param {EdgeConfigReader} client
 * @param {readonly (string | undefined)[]} keys each at its place in the registry
 * @returns {Promise<unknown>}
 */
export async function ask(client, keys) {
  const asked = keys.filter((key) => key !== undefined);
  const manifest = asked[0] ?? "";
  // The manifest alone: `get` costs a server and the SDK less than `getAll`.
  if (asked.length === 1 && typeof client.get === "function") return { [manifest]: await client.get(manifest) };
  return client.getAll(/** @type {never} */ (asked));
}
