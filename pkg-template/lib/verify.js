// `verifySnapshot`, over one runtime's glue. At the edge it has a Wasm file of its own, which a bundler leaves out where
// nobody imports it.
import { itemsOf } from "./items.js";
import { present } from "./log.js";
import { STORED_KEYS } from "./registry.js";
import { verdicts } from "./verdicts.js";

/** @import { SnapshotVerdict, verifySnapshot } from "../index.js" */
/** @import { Verifier } from "./protocol.js" */
/** @import { Wasm } from "./wasm.js" */

/**
 * Makes the verifier over one runtime's instance.
 *
 * @param {Pick<Wasm<Verifier>, "retry">} wasm
 * @returns {typeof verifySnapshot}
 */
export function verifier(wasm) {
  return (items) => {
    const { entries, ...verdict } = wasm.retry(({ verify }) => {
      const found = /** @type {any} */ ({ entries: [] });
      verify(itemsOf(items, STORED_KEYS), verdicts, found);
      return /** @type {SnapshotVerdict} */ (found);
    });
    return { ...verdict, entries: entries.map(present) };
  };
}
