// One synchronous step in the Wasm: what Rust decides is answered, counted, kept and logged before anything else can happen.
import { served } from "./decisions.js";
import { takeEvents } from "./host.js";

/** @import { Answers } from "./answers.js" */
/** @import { Reader } from "./glue.js" */
/** @import { Log } from "./log.js" */
/** @import { Options } from "./options.js" */
/** @import { Lookup, Makes, Read, Step } from "./protocol.js" */
/** @import { Session } from "./session.js" */

export class Steps {
  #session;
  #now;
  #answers;
  #log;

  /**
   * @param {Session} session
   * @param {Options} options
   * @param {Answers} answers
   * @param {Log} log
   */
  constructor(session, { now }, answers, log) {
    this.#session = session;
    this.#now = now;
    this.#answers = answers;
    this.#log = log;
  }

  /**
   * Makes a step, at one moment from its beginning to its end. Gives the read to start, if there is one.
   *
   * @param {Lookup} lookup
   * @param {(reader: Reader, now: number) => Makes<Step> | void} run
   * @param {number} [now]
   * @returns {Read | undefined}
   */
  make(lookup, run, now = this.#now()) {
    this.#answers.counters.mark(now);
    let step;
    try {
      step = this.#session.call((reader) => run(reader, now));
    } catch (error) {
      // The events of a reader that failed are dropped with it.
      takeEvents();
      this.internalError(error, lookup);
      return undefined;
    }
    const events = takeEvents();
    const next = step?.kind === "read" ? step : undefined;
    if (next) this.#session.countRead(next.ticket[0]);
    if (step && step.kind !== "read") this.answer(step, lookup, now);
    for (const event of events) this.#log.write(event, lookup, now);
    return next;
  }

  /**
   * Makes a step in which something is judged: what was kept may not be the answer any more. The caller's clock is read first:
   * it may look something up, and the hit would be kept again.
   *
   * @param {Lookup} lookup
   * @param {(reader: Reader, now: number) => Makes<Step> | void} run
   */
  judge(lookup, run) {
    const now = this.#now();
    this.#answers.hits.clear();
    return this.make(lookup, run, now);
  }

  /**
   * Answers a lookup with what is kept. Gives whether that is an answer.
   *
   * @param {Lookup} lookup
   * @param {number} now
   */
  answerAgain(lookup, now) {
    const hit = this.#answers.hits.get(lookup.asked, now);
    if (hit === undefined) return false;
    this.#answers.counters.mark(now);
    this.#answers.hit(lookup, hit, now);
    return true;
  }

  /**
   * Answers a lookup as Rust decided.
   *
   * @param {Exclude<Step, Read | undefined>} step
   * @param {Lookup} lookup
   * @param {number} now
   */
  answer(step, lookup, now) {
    if (step.kind === "miss") return this.#answers.fallback(lookup, step.reason, step.refreshHint);
    let hit;
    try {
      hit = served(step, lookup.asked);
    } catch (error) {
      // The value is not what was verified any more: whatever was read is read again.
      this.#session.drop();
      return this.internalError(error, lookup);
    }
    this.#session.keepAbove(hit.version);
    this.#answers.hits.keep(lookup.asked, hit, step.standing, now);
    return this.#answers.hit(lookup, hit, now);
  }

  /**
   * Answers a lookup of a reader that has no client. That takes no Wasm.
   *
   * @param {Lookup} lookup
   */
  refuse(lookup) {
    const reason = "not_configured";
    this.#answers.fallback(lookup, reason);
    const missing = "no client: set ATLAS_EDGE_CONFIG, and pass the client to createAtlas";
    this.#log.failure({ event: "atlas_unavailable", level: "warn", reason }, missing, lookup);
  }

  /**
   * Logs an error in Atlas itself.
   *
   * @param {unknown} error
   * @param {Lookup} lookup
   */
  failed(error, lookup) {
    this.#log.failure({ event: "atlas_internal_error", level: "error", reason: "internal_error" }, error, lookup);
  }

  /**
   * Such an error costs this lookup a fallback, and nothing else.
   *
   * @param {unknown} error
   * @param {Lookup} lookup
   */
  internalError(error, lookup) {
    this.#answers.hits.clear();
    this.#answers.fallback(lookup, "internal_error");
    this.failed(error, lookup);
  }
}
