// What every runtime shares: the package's API over the Wasm's exports.
import { Answers } from "./answers.js";
import { monotonic } from "./clock.js";
import { Driver } from "./driver.js";
import { nothingKnown } from "./host.js";
import { Log } from "./log.js";
import { AtlasError, optionsOf } from "./options.js";
import { withinBudget } from "./paris.js";
import * as practice from "./practice.js";
import { KEYS, storedKey } from "./registry.js";
import { asked } from "./request.js";
import { warm } from "./warm.js";

/** @import { Atlas as Declared, AtlasHealth, AtlasLastResort, AtlasOptions, Decision, FallbackReason, LookupContext, LookupRequest, ParisContext, Resolved } from "../index.js" */
/** @import { Options } from "./options.js" */
/** @import { Glue, Lookup } from "./protocol.js" */
/** @import { Runtime } from "./runtime.js" */
/** @import { Wasm } from "./wasm.js" */

export { AtlasError, KEYS, storedKey };

/**
 * Makes `createAtlas` over one runtime's glue.
 *
 * @param {Wasm<Glue>} wasm
 * @param {Runtime} runtime
 * @returns {typeof import("../index.js").createAtlas}
 */
export function atlasOver(wasm, runtime) {
  // Whether there is a last resort is in the options' type, which is gone here.
  return /** @type {any} */ ((/** @type {AtlasOptions} */ options) => new Atlas(wasm, optionsOf(options ?? {}, runtime)));
}

/** @implements {Declared<AtlasLastResort>} */
class Atlas {
  #wasm;
  #options;
  #answers;
  #driver;

  /**
   * @param {Wasm<Glue>} wasm
   * @param {Options} options
   */
  constructor(wasm, options) {
    const log = new Log(options.log, options.logWindowMs, options.now);
    this.#wasm = wasm;
    this.#options = options;
    this.#answers = new Answers(options, log);
    this.#driver = new Driver(wasm, options, this.#answers, log, () => this.#practise());
  }

  /** Makes a lookup in the small snapshot, with a reader of its own. */
  #practise() {
    const other = new Atlas(this.#wasm, optionsOf(practice.options, this.#options.runtime));
    return new Promise((resolve) => {
      const lookup = lookupOf(practice.request, undefined, 0, resolve);
      // Nobody waits for it, and a Worker may set no timer before its first request.
      lookup.timer = /** @type {any} */ (0);
      other.#driver.begin(lookup);
    });
  }

  /** @param {LookupRequest} request */
  peek(request) {
    const now = this.#options.now();
    const kept = this.#answers.hits.get(request, now);
    if (kept !== undefined) return this.#answers.again(kept, request, now);
    /** @type {Decision | undefined} */
    let decision;
    this.#driver.peek(lookupOf(request, undefined, now, (decided) => (decision = decided)));
    return decision;
  }

  /**
   * @param {LookupRequest} request
   * @param {LookupContext} [context]
   * @returns {Promise<Decision>}
   */
  lookup(request, context) {
    const now = this.#options.now();
    const kept = this.#answers.hits.get(request, now);
    // Made in place: V8 knows then what the promise is resolved with, which saves a tenth of the lookup.
    if (kept !== undefined) return Promise.resolve(this.#answers.again(kept, request, now));
    return new Promise((resolve) => this.#driver.begin(lookupOf(request, context, now, resolve)));
  }

  /**
   * @template T
   * @param {LookupRequest} request
   * @param {(request: LookupRequest, context: ParisContext) => Promise<T> | T} fetchParis
   * @param {LookupContext} [context]
   * @returns {Promise<Resolved<T> | AtlasLastResort>}
   */
  resolve(request, fetchParis, context) {
    // Refused at once, rather than only in an outage.
    if (typeof fetchParis !== "function") {
      return Promise.reject(new AtlasError("ATLAS_BAD_OPTION", `resolve: expected a function that fetches from Paris, found ${typeof fetchParis}`));
    }
    const { budgetMs, now: clock } = this.#options;
    const now = clock();
    const kept = this.#answers.hits.get(request, now);
    if (kept !== undefined) return Promise.resolve(this.#answers.again(kept, request, now));
    return new Promise((resolve, reject) => {
      const decided = (/** @type {Decision} */ decision) => {
        if (decision.source === "atlas") return resolve(decision);
        const fetched = withinBudget(fetchParis, request, decision, budgetMs);
        return fetched
          .then(
            (value) => resolve({ ...decision, value }),
            (error) => this.#lastResort(lookup, decision.reason, error, resolve, reject),
          )
          // Where the platform sets no timer, none bounds a last resort.
          .catch(reject);
      };
      const lookup = lookupOf(request, context, now, decided);
      this.#driver.begin(lookup);
    });
  }

  /**
   * Answers where Paris has failed too: with its error if no last resort was asked for, or if no snapshot is young enough.
   *
   * @param {Lookup} lookup
   * @param {FallbackReason} reason
   * @param {unknown} error
   * @param {(answer: AtlasLastResort) => void} resolve
   * @param {(error: unknown) => void} reject
   */
  #lastResort(lookup, reason, error, resolve, reject) {
    const { lastResortMaxAgeMs } = this.#options;
    if (lastResortMaxAgeMs === 0) return reject(error);
    this.#driver.lastResort(lookup, lastResortMaxAgeMs, (hit, now = 0) =>
      hit ? resolve(this.#answers.lastResort(hit, now, reason, error, lookup)) : reject(error));
  }

  warm() {
    void warm(this.#wasm, () => this.#practise());
  }

  /** @returns {AtlasHealth} */
  health() {
    const { counters } = this.#answers;
    const { hits, lookups, ...also } = counters.all();
    const recent = counters.hitRate(this.#options.now());
    // After an error once more, with a new reader.
    const known = this.#driver.health(recent) ?? this.#driver.health(recent) ?? nothingKnown();
    return { ...known, hitRate: lookups > 0 ? hits / lookups : null, lookups, ...also };
  }

  takeStats() {
    return this.#answers.counters.take();
  }
}

/**
 * @param {LookupRequest} request
 * @param {LookupContext | undefined} context
 * @param {number} started
 * @param {(decision: Decision) => void} done
 * @returns {Lookup}
 */
function lookupOf(request, context, started, done) {
  return { request, asked: asked(request), context, started, since: monotonic(), done, isOver: false };
}
