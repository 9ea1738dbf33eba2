// What a reader answers. A decision is counted, kept, shown to `onDecision` and handed to its caller in one synchronous
// step. So callers are answered in the order in which lookups were decided, and no older answer can come after a newer one.
import { attempt } from "./attempt.js";
import { elapsed, left, monotonic } from "./clock.js";
import { Counters } from "./counters.js";
import { fallback, hitAt, lastResort } from "./decisions.js";
import { Hits } from "./hits.js";

/** @import { AtlasHit, Decision, FallbackReason } from "../index.js" */
/** @import { KeptHit } from "./decisions.js" */
/** @import { Lookup } from "./protocol.js" */
/** @import { Log } from "./log.js" */
/** @import { Options } from "./options.js" */

export class Answers {
  counters = new Counters();
  hits = new Hits();
  #options;
  #log;

  /**
   * @param {Options} options
   * @param {Log} log
   */
  constructor(options, log) {
    this.#options = options;
    this.#log = log;
  }

  /**
   * A hit that was decided on a request before, given out once more.
   *
   * @param {KeptHit} kept
   * @param {unknown} request
   * @param {number} now
   */
  again(kept, request, now) {
    const decision = this.#hit(kept, now);
    // The lookup began just now: finding a hit takes less than reading a clock.
    if (this.#options.onDecision !== undefined) this.#show(decision, request, monotonic());
    return decision;
  }

  /**
   * @param {Lookup} lookup
   * @param {KeptHit} kept
   * @param {number} now
   */
  hit(lookup, kept, now) {
    if (kept.embedded) {
      this.counters.also("embedded");
      this.#log.failure({ event: "atlas_embedded", level: "info" }, "served from the embedded snapshot", lookup);
    }
    this.#give(lookup, this.#hit(kept, now));
  }

  /**
   * The answer to a request whose fetch from Paris failed.
   *
   * @param {KeptHit} kept
   * @param {number} now
   * @param {FallbackReason} reason
   * @param {unknown} error
   * @param {Lookup} lookup
   */
  lastResort(kept, now, reason, error, lookup) {
    this.counters.also("lastResort");
    this.#log.failure({ event: "atlas_last_resort", level: "error", reason }, error, lookup);
    return lastResort(kept, now, reason, error);
  }

  /**
   * @param {Lookup} lookup
   * @param {FallbackReason} reason
   * @param {string | undefined} [refreshHint]
   */
  fallback(lookup, reason, refreshHint) {
    // A refresh behind an answer has nobody to be answered.
    if (lookup.done === undefined) return;
    this.counters.fallback(reason);
    const remainingMs = left(this.#options.budgetMs, lookup.since);
    this.#give(lookup, fallback(reason, remainingMs, refreshHint, this.counters.send()));
  }

  /**
   * @param {KeptHit} kept
   * @param {number} now
   * @returns {AtlasHit}
   */
  #hit(kept, now) {
    this.counters.hit();
    return hitAt(kept, now);
  }

  /**
   * @param {Lookup} lookup
   * @param {Decision} decision
   */
  #give(lookup, decision) {
    const { done, request, since } = lookup;
    lookup.done = undefined;
    lookup.isOver = true;
    clearTimeout(lookup.timer);
    this.#show(decision, request, since);
    done?.(decision);
  }

  /**
   * @param {Decision} decision
   * @param {any} request as the caller gave it
   * @param {number} since
   */
  #show(decision, request, since) {
    const { onDecision } = this.#options;
    if (onDecision === undefined) return;
    const event = /** @type {const} */ ({ event: "atlas_on_decision_failed", level: "warn" });
    const failed = (/** @type {unknown} */ error) => this.#log.failure(event, error, { request, since });
    attempt(() => onDecision(decision, { request, elapsedMs: elapsed(since) }), failed);
  }
}
