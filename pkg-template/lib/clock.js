// The two clocks: the one that a caller hands in tells how old a snapshot is; the machine's own, which nobody sets, how
// long something takes. So a clock that jumps never ends a request early or late.

/** A caller's clock, in milliseconds since the epoch. What it gives that is no time is answered by the machine's. */
export function clockOf(given) {
  return () => {
    try {
      const now = given();
      if (Number.isFinite(now) && now >= 0) return now;
    } catch {
      // As if it had given no time.
    }
    return Date.now();
  };
}

/** Milliseconds from a moment of no meaning, never going back. */
export function monotonic() {
  return typeof performance === "object" ? performance.now() : Date.now();
}

/** What is left, in whole milliseconds, of a time that began at `since`; at least 0. */
export function left(ms, since) {
  return Math.max(0, Math.floor(ms - (monotonic() - since)));
}
