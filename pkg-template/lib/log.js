// Log events on their way to the caller, who may do anything with them.
import { monotonic } from "./clock.js";
import { asker } from "./request.js";

/** How much of an error's message is logged. */
const LONGEST_MESSAGE = 200;

/** Hands an event over. A callback that throws or rejects must not cost the request its answer. */
export function emit(log, event, { request, since }) {
  try {
    quietly(log({ ...event, ...asker(request), elapsedMs: Math.max(0, monotonic() - since) }));
  } catch {
    // It is the caller's to know.
  }
}

/** Lets a promise that nobody waits for fail unheard. */
export function quietly(result) {
  if (typeof result === "object" && result !== null && typeof result.then === "function") {
    result.then(undefined, () => {});
  }
}

/** One JSON line with `console`, at the level of the event. */
export function logToConsole(event) {
  console[event.level](JSON.stringify(event));
}

/** What an error says, whatever was thrown. */
export function text(error) {
  try {
    return String(error?.message ?? error).slice(0, LONGEST_MESSAGE);
  } catch {
    return "an error that cannot be shown";
  }
}

/** Lets an event through once in a window, with the number that it held back before. */
export class Throttle {
  #windowMs;
  #at;
  #suppressed = 0;

  constructor(windowMs) {
    this.#windowMs = windowMs;
  }

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
