// How a runtime is asked to wait for work that goes on after an answer.
import { attempt } from "./attempt.js";
import { text } from "./log.js";

/** @import { LookupContext } from "../index.js" */
/** @import { Log } from "./log.js" */
/** @import { Lookup } from "./protocol.js" */

/** Where Vercel keeps the context of the request that is being handled. `@vercel/functions` reads the same. */
const REQUEST_CONTEXT = Symbol.for("@vercel/request-context");

export class KeepAlive {
  #log;
  #isBad = false;

  /** @param {Log} log */
  constructor(log) {
    this.#log = log;
  }

  /**
   * Whether the runtime can be asked. Not once it has failed: then lookups wait for the store.
   *
   * @param {Lookup} lookup
   */
  isThere({ context }) {
    return !this.#isBad && waitUntilOf(context) !== undefined;
  }

  /**
   * Asks the runtime to wait until `finish` is called. Gives whether it does.
   *
   * @param {Lookup} lookup
   * @param {(finish: () => void) => void} start
   */
  ask(lookup, start) {
    const waitUntil = waitUntilOf(lookup.context);
    if (waitUntil === undefined) return false;
    try {
      const asked = waitUntil(new Promise((resolve) => start(() => resolve(undefined))));
      attempt(() => asked, () => {});
      return true;
    } catch (error) {
      if (!this.#isBad) {
        this.#isBad = true;
        const message = `waitUntil threw: ${text(error)}; lookups wait for the store`;
        this.#log.failure({ event: "atlas_wait_until_failed", level: "warn" }, message, lookup);
      }
      return false;
    }
  }
}

/**
 * The `waitUntil` that the caller gave, or on Vercel the request's own.
 *
 * @param {LookupContext | undefined} context
 */
function waitUntilOf(context) {
  return ownedBy(() => context) ?? ownedBy(() => /** @type {any} */ (globalThis)[REQUEST_CONTEXT]?.get?.());
}

/**
 * @param {() => any} find its owner, which may be anything
 * @returns {((work: Promise<unknown>) => unknown) | undefined}
 */
function ownedBy(find) {
  try {
    const owner = find();
    return typeof owner?.waitUntil === "function" ? (work) => owner.waitUntil(work) : undefined;
  } catch {
    return undefined;
  }
}
