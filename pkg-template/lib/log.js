// Log events on their way to the caller, whose callbacks may do anything.
import { elapsed } from "./clock.js";
import { asker } from "./request.js";

/** @import { AtlasLogEvent } from "../index.js" */

/**
 * What an event adds about the lookup that caused it.
 *
 * @typedef {{ request: unknown, since: number }} Cause
 */

/** The longest part of an error's message that is logged, in UTF-16 units. */
const LONGEST_MESSAGE = 200;

export class Log {
  #log;
  #windowMs;
  #now;
  /**
   * By event and reason, of which there are a few.
   *
   * @type {{ [eventAndReason: string]: Throttle }}
   */
  #throttles = {};

  /**
   * @param {((event: AtlasLogEvent) => void) | undefined} log
   * @param {number} windowMs
   * @param {() => number} now
   */
  constructor(log, windowMs, now) {
    this.#log = log ?? logToConsole;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /**
   * Hands an event over.
   *
   * @param {Omit<AtlasLogEvent, "elapsedMs">} event
   * @param {Cause} cause
   */
  write(event, { request, since }) {
    attempt(() => this.#log(present({ ...event, ...asker(request), elapsedMs: elapsed(since) })), () => {});
  }

  /**
   * Logs something that failed, each event and reason once in a window.
   *
   * @param {Pick<AtlasLogEvent, "event" | "level" | "reason">} event
   * @param {unknown} error
   * @param {Cause} cause
   */
  failure(event, error, cause) {
    const throttle = (this.#throttles[`${event.event} ${event.reason}`] ??= new Throttle(this.#windowMs));
    const suppressed = throttle.admit(this.#now());
    if (suppressed !== undefined) this.write({ ...event, suppressed, message: text(error) }, cause);
  }
}

/**
 * Calls a callback. Whether it throws or gives a promise that rejects, the error goes to `failed` and no further.
 *
 * @param {() => unknown} callback
 * @param {(error: unknown) => void} failed
 */
export function attempt(callback, failed) {
  try {
    const result = /** @type {any} */ (callback());
    if (typeof result === "object" && result !== null && typeof result.then === "function") result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * One JSON line with `console`, at the level of the event.
 *
 * @param {AtlasLogEvent} event
 */
function logToConsole(event) {
  console[event.level](JSON.stringify(event));
}

/**
 * What an error says, whatever was thrown.
 *
 * @param {any} error
 * @returns {string}
 */
export function text(error) {
  try {
    return String(error?.message ?? error).slice(0, LONGEST_MESSAGE);
  } catch {
    return "an error that cannot be shown";
  }
}

/**
 * The members that are not undefined.
 *
 * @template {object} T
 * @param {T} members
 * @returns {{ [Name in keyof T]: Exclude<T[Name], undefined> }}
 */
export function present(members) {
  const known = Object.entries(members).filter(([, value]) => value !== undefined);
  return /** @type {any} */ (Object.fromEntries(known));
}

/** Lets an event through once in a window, with the number that it held back before. */
class Throttle {
  #windowMs;
  /** @type {number | undefined} */
  #at;
  #suppressed = 0;

  /** @param {number} windowMs */
  constructor(windowMs) {
    this.#windowMs = windowMs;
  }

  /** @param {number} now */
  admit(now) {
    if (this.#at !== undefined && Math.abs(now - this.#at) < this.#windowMs) {
      this.#suppressed += 1;
      return undefined;
    }
    const suppressed = this.#suppressed;
    [this.#at, this.#suppressed] = [now, 0];
    return suppressed;
  }
}
