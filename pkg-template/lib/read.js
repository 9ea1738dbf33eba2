// One read of the store. A client is whatever a caller has: it may throw, answer at once, twice, or never.
import { text } from "./log.js";
import { own } from "./items.js";

/** @import { EdgeConfigReader } from "../index.js" */

/**
 * What a read gave: `items` by key, the `manifest`'s value if nothing else was asked for, or the message of an `error`.
 *
 * @typedef {{ kind: "items" | "manifest", answer: unknown } | { kind: "error", answer: string }} Received
 */

/**
 * Starts a read and gives what it received to `done`, once. Nothing is thrown.
 *
 * @param {EdgeConfigReader} client
 * @param {string[]} keys
 * @param {(received: Received) => void} done
 */
export function read(client, keys, done) {
  const [first = ""] = keys;
  const isAlone = keys.length === 1;
  const kind = isAlone ? "manifest" : "items";
  const begun = start(client, keys, isAlone ? first : undefined);
  begun.then((answer) => done({ kind, answer }), (error) => done({ kind: "error", answer: text(error) }));
}

/**
 * @param {EdgeConfigReader} client
 * @param {string[]} keys
 * @param {string | undefined} alone
 */
async function start(client, keys, alone) {
  // `get` costs a server and the SDK less than `getAll`.
  if (alone !== undefined && typeof client.get === "function") return client.get(alone);
  const answer = await client.getAll(/** @type {never} */ (keys));
  return alone === undefined ? answer : own(answer, alone);
}
