// What the platform does for a read before Rust judges it: it hashes what is large, and checks who signed.
import { hash } from "./items.js";

/** @import { Item } from "./items.js" */
/** @import { Options } from "./options.js" */

export class Preparation {
  #signatures;
  #hashFrom;
  /**
   * The last manifests whose entries were to be hashed, good or bad.
   *
   * @type {Item[]}
   */
  #known = [];

  /** @param {Options} options */
  constructor({ signatures, runtime }) {
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
    const manifest = items?.[0];
    const signatures = this.#signatures;
    if (items === undefined || manifest?.place !== 0) return goOn();
    const hashed = items.length > 1 && this.#isNew(manifest) ? hash(items, this.#hashFrom) : undefined;
    const checked = signatures?.knows(manifest) === false ? signatures.check(manifest) : undefined;
    if (hashed === undefined && checked === undefined) return goOn();
    void Promise.all([hashed, checked]).then(([, isUnchecked]) => goOn(isUnchecked));
  }

  /**
   * Whether the entries beside a manifest are to be hashed: they are with the first read of it. What others bring meanwhile,
   * or after a request that was cancelled with its hash, is hashed in Rust, and found there from then on.
   *
   * @param {Item} manifest
   */
  #isNew(manifest) {
    if (this.#known.some((known) => manifest.isSame(known, true))) return false;
    this.#known = [manifest, ...this.#known.slice(0, 1)];
    return true;
  }
}
