// The two clocks. The caller's tells how old a snapshot is. The machine's monotonic clock, which nobody sets, measures how
// long something takes, so that a clock that jumps never ends a request early or late.

import { attempt } from "./attempt.js";

/**
 * The caller's clock, in milliseconds since the epoch. If it is not given, or returns no time, the machine's clock takes its place.
 *
 * @param {(() => unknown) | undefined} given
 * @returns {() => number}
 */
export function clockOf(given) {
  if (given === undefined) return () => Date.now();
  return () => {
    const now = attempt(given, () => {});
    return typeof now === "number" && Number.isFinite(now) && now >= 0 ? Math.floor(now) : Date.now();
  };
}

/** Milliseconds from an arbitrary moment, never going back. */
export function monotonic() {
  return typeof performance === "object" ? performance.now() : Date.now();
}

/**
 * Milliseconds since a moment of {@link monotonic}.
 *
 * @param {number} since
 */
export function elapsed(since) {
  return Math.max(0, monotonic() - since);
}

/**
 * What is left, in whole milliseconds, of a period that began at `since`; at least 0.
 *
 * @param {number} ms
 * @param {number} since
 */
export function left(ms, since) {
  return Math.max(0, Math.floor(ms - elapsed(since)));
}

/** A turn of the event loop. */
export function turn() {
  return new Promise((done) => setTimeout(done));
}
