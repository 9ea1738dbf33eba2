// Log events on their way to the caller, whose callbacks may do anything.
import { attempt } from "./attempt.js";
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

/** A token, and all that may still be part of it. */
const TOKEN = /(bearer |token(=|%3d|.?:\W*))[^"'&]*/gi;

/** What steers a terminal, and JSON leaves as it is: some control characters, ends of lines and changes of direction. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu;

export class Log {
  #log;
  #windowMs;
  #now;
  /**
   * When each event and reason, of which there are a few, was last logged, and how often it was held back since.
   *
   * @type {{ [eventAndReason: string]: { at: number, suppressed: number } }}
   */
  #logged = {};

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
   * Hands an event over, each event and reason once in a window. What Rust records is already so; but a reader that is replaced
   * forgets what it has recorded.
   *
   * @param {Omit<AtlasLogEvent, "elapsedMs">} event
   * @param {Cause} cause
   * @param {number} now
   */
  write(event, { request, since }, now) {
    const logged = (this.#logged[`${event.event} ${event.reason}`] ??= { at: -Infinity, suppressed: 0 });
    const suppressed = logged.suppressed + event.suppressed;
    if (Math.abs(now - logged.at) < this.#windowMs) {
      logged.suppressed = suppressed + 1;
      return;
    }
    logged.at = now;
    logged.suppressed = 0;
    attempt(() => this.#log(present({ ...event, suppressed, ...asker(request), elapsedMs: elapsed(since) })), () => {});
  }

  /**
   * Logs something that failed.
   *
   * @param {Pick<AtlasLogEvent, "event" | "level" | "reason">} event
   * @param {unknown} error
   * @param {Cause} cause
   */
  failure(event, error, cause) {
    this.write({ ...event, suppressed: 0, message: text(error) }, cause, this.#now());
  }
}

/**
 * One JSON line with `console`, at the level of the event. Names that a request asks for are in it.
 *
 * @param {AtlasLogEvent} event
 */
function logToConsole(event) {
  console[event.level](JSON.stringify(event).replace(STEERING, "?"));
}

/**
 * What an error says, whatever was thrown, without the token of the connection string: a client may quote what it sent.
 *
 * @param {any} error
 * @returns {string}
 */
export function text(error) {
  try {
    return String(error?.message ?? error).replace(TOKEN, "$1***").slice(0, LONGEST_MESSAGE);
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
