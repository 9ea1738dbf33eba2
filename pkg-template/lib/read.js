// One read of the store. A client is whatever a caller has: it may throw, answer at once, twice, or never.
import { text } from "./log.js";
import { Item, itemsOf } from "./items.js";

/** @import { EdgeConfigReader } from "../index.js" */
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
  answer.then(done, (error) => done(undefined, text(error)));
}

/**
 * Asks the store for these keys. Gives the items that it holds.
 *
 * @param {EdgeConfigReader} client
 * @param {readonly (string | undefined)[]} keys each at its place in the registry
 */
export async function ask(client, keys) {
  const [manifest = "", ...others] = keys.filter((key) => key !== undefined);
  // The manifest alone: `get` costs a server and the SDK less than `getAll`.
  if (others.length === 0 && typeof client.get === "function") {
    const value = await client.get(manifest);
    return value === undefined ? [] : [new Item(0, value)];
  }
  return itemsOf(await client.getAll(/** @type {never} */ ([manifest, ...others])), keys);
}
