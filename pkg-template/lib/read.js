// One read of the store. A client is whatever a caller has: it may throw, answer at once, twice, or never.
import { text } from "./log.js";
import { own } from "./items.js";

/**
 * Starts a read and tells `done` what came of it, once: `items` by key, the `manifest`'s value if nothing else was asked
 * for, or `error` and its message. Nothing is thrown.
 */
export function read(client, keys, done) {
  const alone = keys.length === 1;
  const brought = (answer) => done(alone ? "manifest" : "items", answer);
  start(client, keys, alone).then(brought, (error) => done("error", text(error)));
}

async function start(client, keys, alone) {
  // `get` costs a server and the SDK less than `getAll`.
  if (alone && typeof client.get === "function") return client.get(keys[0]);
  const answer = await client.getAll(keys);
  return alone ? own(answer, keys[0]) : answer;
}
