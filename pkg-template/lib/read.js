// One read of the store. A client is whatever a caller has: it may throw, answer at once, twice, or never.
import { text } from "./log.js";
import { itemsOf } from "./items.js";

/**
 * Reads these stored keys, and calls `done` once: with the items that the store holds, or with the message of an error.
 * Nothing is thrown.
 */
export function read(client, keys, done) {
  start(client, keys).then((answer) => done(itemsOf(answer, keys)), (error) => done(undefined, text(error)));
}

async function start(client, keys) {
  // The manifest alone: `get` costs a server and the SDK less than `getAll`.
  if (keys.length > 1 || typeof client.get !== "function") return client.getAll(keys);
  return { [keys[0]]: await client.get(keys[0]) };
}
