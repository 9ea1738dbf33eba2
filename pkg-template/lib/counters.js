// Counts what a reader has answered, where each answer is given out. So it adds up whatever becomes of the Wasm.

/** @import { FallbackReason } from "../index.js" */

/**
 * @typedef {{ lookups: number, hits: number, fallbacks: { [reason in FallbackReason]?: number }, embedded?: number,
 *   lastResort?: number }} Tally hits from the embedded snapshot are hits too, last resorts are fallbacks
 */

/** The largest integer of a structured field (RFC 9651, section 3.3.1). */
const LARGEST = 999_999_999_999_999;

/** @returns {Tally} */
const none = () => ({ lookups: 0, hits: 0, fallbacks: {} });

export class Counters {
  /** Since the reader was made. */
  all = none();
  /** Since they were last sent to Paris, and since the caller last took them. */
  #unsent = none();
  #untaken = none();

  /** @param {FallbackReason} [reason] of a fallback; a hit has none */
  count(reason) {
    add(this.all, reason);
    add(this.#unsent, reason);
    add(this.#untaken, reason);
  }

  /**
   * Counts what a lookup was besides.
   *
   * @param {"embedded" | "lastResort"} what
   */
  also(what) {
    for (const tally of [this.all, this.#unsent, this.#untaken]) tally[what] = (tally[what] ?? 0) + 1;
  }

  /**
   * The value of `Atlas-Stats` for what was counted since it was last sent: a dictionary of RFC 9651, section 3.2, such as
   * `hits=119, timeout=1`, or `undefined` if there is nothing to send.
   */
  send() {
    const { hits, fallbacks, embedded = 0, lastResort = 0 } = this.#unsent;
    this.#unsent = none();
    const counts = Object.entries({ hits, embedded, last_resort: lastResort, ...fallbacks }).filter(([, count]) => count > 0);
    return counts.map(([name, count]) => `${name}=${Math.min(count, LARGEST)}`).join(", ") || undefined;
  }

  /** What was counted since this was last called. */
  take() {
    const taken = this.#untaken;
    this.#untaken = none();
    return taken;
  }
}

/**
 * @param {Tally} tally
 * @param {FallbackReason | undefined} reason
 */
function add(tally, reason) {
  tally.lookups += 1;
  if (reason === undefined) tally.hits += 1;
  else tally.fallbacks[reason] = (tally.fallbacks[reason] ?? 0) + 1;
}
