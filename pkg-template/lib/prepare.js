// What the platform does for a read before Rust judges it: it hashes what is large, and checks who signed.
import { elapsed, monotonic } from "./clock.js";
import { hasEntries, hash } from "./items.js";

/** @import { Item } from "./items.js" */
/** @import { Options } from "./options.js" */
/** @import { Session } from "./session.js" */

/** For how long one may be under way. */
const LONGEST_HASH_MS = 1_000;

export class Preparation {
  #session;
  #signatures;
  #hashFrom;
  /** Since when values are being hashed; by the monotonic clock. */
  #hashingSince = -Infinity;

  /**
   * @param {Session} session
   * @param {Options} options
   */
  constructor(session, { signatures, runtime }) {
    this.#session = session;
    this.#signatures = signatures;
    this.#hashFrom = runtime.hashFrom;
  }

  /**
   * Continues when what is new has been hashed, and its signatures checked, or could not be.
   *
   * @param {Item[] | undefined} items
   * @param {(isUnchecked?: true | void) => void} goOn
   */
  of(items, goOn) {
    const manifest = items?.[0]?.place === 0 ? items[0] : undefined;
    const signatures = this.#signatures;
    // While it is hashing, Rust hashes what else comes: at most one more reader of the same bytes does the work, and all
    // others find it done. A request that is cancelled may take its hash with it.
    const isHashed = items !== undefined && hasEntries(items) && elapsed(this.#hashingSince) > LONGEST_HASH_MS;
    if (manifest === undefined || (!isHashed && signatures === undefined)) return goOn();
    const isKnown = this.#knows(manifest);
    const hashed = isHashed && !isKnown ? this.#hash(items) : undefined;
    const checked = signatures?.knows(manifest) === false ? signatures.check(manifest) : undefined;
    if (hashed === undefined && checked === undefined) return goOn();
    void Promise.all([hashed, checked]).then(([, isUnchecked]) => goOn(isUnchecked));
  }

  /** @param {Item[]} items */
  async #hash(items) {
    this.#hashingSince = monotonic();
    await hash(items, this.#hashFrom);
    this.#hashingSince = -Infinity;
  }

  /** @param {Item} manifest */
  #knows(manifest) {
    try {
      return this.#session.call((reader) => reader.knows(manifest));
    } catch {
      return false;
    }
  }
}
