// What a reader has answered. It is counted where an answer is given out, once each, so it adds up whatever becomes of
// the Wasm.

/** Why a lookup can go to Paris, in the order of the checks, which is that of `Reason` in Rust. */
export const REASONS = Object.freeze([
  "not_configured",
  "breaker_open",
  "timeout",
  "unavailable",
  "key_missing",
  "unsupported_format",
  "corrupt",
  "signature_invalid",
  "rollback",
  "clock_skew",
  "expired",
  "record_missing",
  "schema_version_mismatch",
  "internal_error",
]);

/** The largest integer of a structured field (RFC 9651, section 3.3.1). */
const LARGEST = 999_999_999_999_999;

/** The hits, then the fallbacks in the order of the reasons. */
const none = () => new Float64Array(1 + REASONS.length);

export class Counters {
  /** Since the reader was made. */
  all = none();
  /** What they were when they were last sent to Paris, and when the caller last took them. */
  #sent = none();
  #taken = none();

  hit() {
    this.all[0] += 1;
  }

  fallback(reason) {
    this.all[1 + REASONS.indexOf(reason)] += 1;
  }

  /**
   * The value of `Atlas-Stats` for what was counted since it was last sent: a dictionary of RFC 9651, section 3.2, such as
   * `hits=119, timeout=1`. What is 0 is left out; `undefined` if that is all.
   */
  send() {
    const since = this.#since(this.#sent);
    this.#sent = this.all.slice();
    const counts = [["hits", since[0]], ...Object.entries(fallbacksOf(since))].filter(([, count]) => count > 0);
    return counts.map(([name, count]) => `${name}=${Math.min(count, LARGEST)}`).join(", ") || undefined;
  }

  /** What was counted since this was last asked, for the caller. */
  take() {
    const since = this.#since(this.#taken);
    this.#taken = this.all.slice();
    return { lookups: since.reduce((sum, count) => sum + count, 0), hits: since[0], fallbacks: fallbacksOf(since) };
  }

  #since(earlier) {
    return this.all.map((count, place) => count - earlier[place]);
  }
}

/** Fallbacks by reason, without those that did not occur. */
export function fallbacksOf(counts) {
  return Object.fromEntries(REASONS.map((reason, place) => [reason, counts[1 + place]]).filter(([, count]) => count > 0));
}
