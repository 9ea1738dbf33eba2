// Counts what a reader has answered, where each answer is given out. So it adds up whatever becomes of the Wasm.

/** @import { FallbackReason } from "../index.js" */

/**
 * @typedef {{ hits: number, fallbacks: { [reason in FallbackReason]?: number }, embedded?: number, lastResort?: number }} Tally
 *   hits from the embedded snapshot are hits too, last resorts are fallbacks
 * @typedef {{ at: number, hits: number, lookups: number }} Mark the counts of a moment
 */

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** The largest integer of a structured field (RFC 9651, section 3.3.1). */
const LARGEST = 999_999_999_999_999;

export class Counters {
  /** Since the reader was made. */
  #all = none();
  /** What that was when it was last sent to Paris, and when the caller last took it. */
  #sent = none();
  #taken = none();
  /**
   * The counts of some moments of the last hour, the oldest first.
   *
   * @type {Mark[]}
   */
  #marks = [];
  #markedAt = -Infinity;

  hit() {
    this.#all.hits += 1;
  }

  /** @param {FallbackReason} reason */
  fallback(reason) {
    const { fallbacks } = this.#all;
    fallbacks[reason] = (fallbacks[reason] ?? 0) + 1;
  }

  /**
   * Counts what a lookup was besides.
   *
   * @param {"embedded" | "lastResort"} what
   */
  also(what) {
    this.#all[what] = (this.#all[what] ?? 0) + 1;
  }

  /**
   * The value of `Atlas-Stats` for what was counted since it was last sent: a dictionary of RFC 9651, section 3.2, such as
   * `hits=119, timeout=1`, or `undefined` if there is nothing to send.
   */
  send() {
    const { hits, fallbacks, embedded = 0, lastResort = 0 } = since(this.#all, this.#sent);
    this.#sent = copied(this.#all);
    const counts = Object.entries({ hits, embedded, last_resort: lastResort, ...fallbacks }).filter(([, count]) => count > 0);
    return counts.map(([name, count]) => `${name}=${Math.min(count, LARGEST)}`).join(", ") || undefined;
  }

  /** What was counted since the reader was made. */
  all() {
    return withLookups(copied(this.#all));
  }

  /**
   * Marks the counts of this moment, at most once a minute.
   *
   * @param {number} now
   */
  mark(now) {
    const since = now - this.#markedAt;
    if (since >= 0 && since < MINUTE) return;
    this.#markedAt = now;
    // Those of a clock that was ahead, and has been set back, are dropped too.
    this.#marks = this.#marks.filter(({ at }) => at <= now && now - at < HOUR);
    this.#marks.push({ at: now, ...this.all() });
  }

  /**
   * Hits divided by lookups in the last hour: 0 to 1, or nothing if there were none.
   *
   * @param {number} now
   */
  hitRate(now) {
    this.mark(now);
    const before = /** @type {Mark} */ (this.#marks[0]);
    const { hits, lookups } = this.all();
    return lookups > before.lookups ? (hits - before.hits) / (lookups - before.lookups) : undefined;
  }

  /** What was counted since this was last called. */
  take() {
    const taken = since(this.#all, this.#taken);
    this.#taken = copied(this.#all);
    return withLookups(taken);
  }
}

/** @returns {Tally} */
function none() {
  return { hits: 0, fallbacks: {} };
}

/**
 * The tally with the number of lookups: each was a hit or a fallback.
 *
 * @param {Tally} tally
 */
function withLookups(tally) {
  const { hits, fallbacks } = tally;
  return { lookups: Object.values(fallbacks).reduce((sum, count) => sum + count, hits), ...tally };
}

/**
 * @param {Tally} tally
 * @returns {Tally}
 */
function copied(tally) {
  return { ...tally, fallbacks: { ...tally.fallbacks } };
}

/**
 * What was counted between two moments.
 *
 * @param {Tally} tally
 * @param {Tally} before
 * @returns {Tally}
 */
function since({ fallbacks, ...counts }, { fallbacks: fallbacksBefore, ...before }) {
  return { hits: 0, ...more(counts, before), fallbacks: more(fallbacks, fallbacksBefore) };
}

/**
 * By how much each count has grown, if it has.
 *
 * @param {Record<string, number>} counts
 * @param {Record<string, number>} before
 */
function more(counts, before) {
  const grown = Object.entries(counts).map(([name, count]) => /** @type {const} */ ([name, count - (before[name] ?? 0)]));
  return Object.fromEntries(grown.filter(([, by]) => by > 0));
}
