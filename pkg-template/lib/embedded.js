// The snapshot that came with the deployment: each reader gets it before its first lookup. It is verified like any other: one
// that is not valid is logged, and the reader is a cold one.
import { attempt } from "./attempt.js";
import { itemsOf } from "./items.js";
import { text } from "./log.js";
import { STORED_KEYS } from "./registry.js";

/** @import { Reader } from "./glue.js" */
/** @import { Item } from "./items.js" */
/** @import { Log } from "./log.js" */
/** @import { Options } from "./options.js" */
/** @import { Preparation } from "./prepare.js" */
/** @import { Lookup } from "./protocol.js" */
/** @import { Session } from "./session.js" */

export class Embedded {
  #session;
  #preparation;
  #log;
  #snapshot;
  /** @type {Reader | undefined} the one that has it */
  #reader;
  /** Its version, where a reader has taken it. */
  #version = Infinity;

  /**
   * @param {Session} session
   * @param {Preparation} preparation
   * @param {Options} options
   * @param {Log} log
   */
  constructor(session, preparation, { snapshot }, log) {
    this.#session = session;
    this.#preparation = preparation;
    this.#log = log;
    this.#snapshot = snapshot;
  }

  /** Whether the present reader has yet to get it. */
  get isDue() {
    return this.#snapshot !== undefined && (this.#reader === undefined || this.#reader !== this.#session.reader);
  }

  /**
   * Hands the snapshot to the reader, if it has yet to get it, and continues.
   *
   * @param {Lookup} lookup the one that causes it
   * @param {(run: (reader: Reader, now: number) => void) => void} step makes one step of the reader
   * @param {() => void} goOn
   */
  hand(lookup, step, goOn) {
    // No reader takes one that is older than what was served: that is nobody's rollback.
    if (this.#version < this.#session.floor) this.#snapshot = undefined;
    if (!this.isDue) return goOn();
    const items = this.#items(lookup);
    if (items === undefined) return goOn();
    this.#preparation.of(items, (isUnchecked) => {
      this.#reader = undefined;
      step((reader, now) => {
        const version = reader.embed(items, now);
        if (version !== undefined) this.#session.keepAbove((this.#version = version));
        this.#reader = reader;
      });
      // What trapped once would trap at each lookup.
      if (this.isDue) this.#snapshot = undefined;
      // The platform may have failed for once.
      if (isUnchecked) this.#reader = undefined;
      items.forEach((item) => item.release());
      goOn();
    });
  }

  /**
   * @param {Lookup} lookup
   * @returns {Item[] | undefined}
   */
  #items(lookup) {
    try {
      // Loaded once: a crowd of lookups, or a reader in another's place, would parse its JSON again and again.
      return itemsOf((this.#snapshot = loaded(this.#snapshot)), STORED_KEYS);
    } catch (error) {
      this.#snapshot = undefined;
      this.#log.failure({ event: "atlas_corrupt", level: "error", reason: "corrupt" }, `embedded: ${text(error)}`, lookup);
      return undefined;
    }
  }
}

/**
 * An embedded snapshot: an object, its JSON, or a function that gives either.
 *
 * @param {Options["snapshot"]} snapshot
 */
function loaded(snapshot) {
  const given = /** @type {any} */ (typeof snapshot === "function" ? snapshot() : snapshot);
  // Nobody waits for a promise.
  attempt(() => given, () => {});
  if (given?.then) throw new TypeError("found a promise");
  return typeof given === "string" ? JSON.parse(given) : given;
}
