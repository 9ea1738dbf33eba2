// The Wasm instance that all readers of an isolate share. It is made when it is first needed, and replaced after a trap.

import { elapsed, monotonic } from "./clock.js";

/** @import { ready, reset } from "./glue.js" */

/** @typedef {{ ready: typeof ready, reset: typeof reset }} Instance what makes it, of one runtime's glue */

/**
 * The names of what an engine throws when it stops the Wasm in the middle of its work: a trap, or a stack that overflowed,
 * which is no `WebAssembly.RuntimeError`. V8 and JavaScriptCore throw a `RangeError` for it, SpiderMonkey an `InternalError`.
 * By name, since an instance may belong to another realm.
 */
const TRAPS = ["RuntimeError", "RangeError", "InternalError"];

/** @template {Instance} G */
export class Wasm {
  /** How many instances there were before this one: what lived in an earlier one is gone. */
  generation = 0;
  /** Whether a call is under way. */
  isBusy = false;
  /** Whether nobody has tried to make an instance. */
  isCold = true;
  /** Whether it has verified anything. */
  isPractised = false;
  /** How long that and the making have taken. */
  warmedMs = 0;

  /** @param {G} glue */
  constructor(glue) {
    this.glue = glue;
  }

  /**
   * Makes one synchronous call into the Wasm. A trap drops the instance; any other error leaves it alone. Either is thrown
   * on. A call from within another (by a value of the store, while it is read) is out of order, and reaches no instance.
   *
   * @template T
   * @param {(glue: G) => T} work
   * @returns {T}
   */
  call(work) {
    if (this.isBusy) throw new Error("Atlas was called from within a value of the store");
    this.isBusy = true;
    try {
      if (this.isCold) this.#start();
      this.glue.ready();
      return work(this.glue);
    } catch (error) {
      if (isTrap(error)) this.#drop();
      throw error;
    } finally {
      this.isBusy = false;
    }
  }

  /**
   * Makes a call that is no lookup. After an error it is made once more: after a trap, on a new instance.
   *
   * @template T
   * @param {(glue: G) => T} work
   * @returns {T}
   */
  retry(work) {
    try {
      return this.call(work);
    } catch {
      return this.call(work);
    }
  }

  #start() {
    this.isCold = false;
    const began = monotonic();
    this.glue.ready();
    this.warmedMs += elapsed(began);
  }

  #drop() {
    this.generation += 1;
    try {
      this.glue.reset();
    } catch {
      // Where no instance can be made, the next call fails in `ready`.
    }
  }
}

/** @param {any} error whatever was thrown */
function isTrap(error) {
  try {
    return TRAPS.includes(error.name);
  } catch {
    // What has no name may be anything.
    return true;
  }
}
