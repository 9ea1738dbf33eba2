// Hits that Rust has decided, kept for as long as it said that they stay the answer. So a widget that is asked for again
// costs no call into the Wasm. Nothing is decided here: at another moment, for other names, or after anything new from the
// store, Rust is asked.

/** @import { KeptHit } from "./decisions.js" */
/** @import { Asked } from "./request.js" */

/** How many are kept. One more empties the memory. */
const MOST = 1024;

export class Hits {
  /**
   * By the record that they are about, then by the plan.
   *
   * @type {Map<string | undefined, Map<string | undefined, { asked: Asked, hit: KeptHit }>>}
   */
  #byRecord = new Map();
  #size = 0;
  /** The period in which they are the answer: all are of one snapshot. */
  #since = 0;
  #until = 0;

  /**
   * The hit that was decided on a request before, if it still stands.
   *
   * @param {unknown} request
   * @param {number} now
   */
  get(request, now) {
    return now >= this.#since && now < this.#until ? this.#find(request) : undefined;
  }

  /** @param {any} request */
  #find(request) {
    try {
      const widgetType = request.widgetType ?? undefined;
      const templateId = request.templateId ?? undefined;
      const kept = this.#byRecord.get(templateId ?? widgetType)?.get(request.plan ?? undefined);
      const same =
        kept !== undefined &&
        kept.asked.widgetType === widgetType &&
        kept.asked.templateId === templateId &&
        kept.asked.schemaVersion === request.schemaVersion;
      return same ? kept.hit : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Keeps a hit in the step that decided it. One with a warning is decided each time, so that the warning is logged.
   *
   * @param {Asked} asked
   * @param {KeptHit} hit
   * @param {number} now
   */
  keep(asked, hit, now) {
    if (hit.warning !== undefined) return;
    if (this.#size >= MOST) this.clear();
    this.#since = now;
    this.#until = hit.until;
    const record = asked.templateId ?? asked.widgetType;
    let plans = this.#byRecord.get(record);
    if (plans === undefined) this.#byRecord.set(record, (plans = new Map()));
    if (!plans.has(asked.plan)) this.#size += 1;
    plans.set(asked.plan, { asked, hit });
  }

  /**
   * The store has nothing new: what is kept stays the answer, from now on, and not before it was decided.
   *
   * @param {number} now
   * @param {number} until
   */
  extend(now, until) {
    this.#since = Math.max(this.#since, now);
    this.#until = until;
  }

  /** Something came from the store: what is kept may not be the answer any more. */
  clear() {
    this.#byRecord.clear();
    this.#size = 0;
  }
}
