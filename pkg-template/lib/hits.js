// Hits that Rust has decided, kept for as long as it said that they stay the answer. So a widget that is asked for again
// costs no call into the Wasm. Nothing is decided here: at another moment, for other names, or after anything new from the
// store, Rust is asked.

/** @import { KeptHit } from "./decisions.js" */
/** @import { Asked } from "./request.js" */

/** How many are kept. One more empties the memory. */
const MOST = 1024;

/**
 * A hit, the names that it was decided on, and another one about the same record.
 *
 * @typedef {Readonly<Asked> & { hit: KeptHit, readonly next: Kept | undefined }} Kept
 */

export class Hits {
  /**
   * By the record that they are about; those of one record, a few plans and versions, in a chain.
   *
   * @type {Map<string | undefined, Kept>}
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
    return now >= this.#since && now < this.#until ? this.#find(request)?.hit : undefined;
  }

  /** @param {any} request */
  #find(request) {
    try {
      const { schemaVersion } = request;
      const widgetType = request.widgetType ?? undefined;
      const templateId = request.templateId ?? undefined;
      const plan = request.plan ?? undefined;
      let kept = this.#byRecord.get(templateId ?? widgetType);
      for (; kept !== undefined; kept = kept.next) {
        const isSameRecord = kept.templateId === templateId && kept.widgetType === widgetType;
        if (isSameRecord && kept.schemaVersion === schemaVersion && kept.plan === plan) return kept;
      }
      return undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Keeps a hit in the step that decided it. One with a warning is decided each time, so that the warning is logged; one
   * from the embedded snapshot too, since the store may confirm it.
   *
   * @param {Asked} asked
   * @param {KeptHit} hit
   * @param {number} now
   */
  keep(asked, hit, now) {
    if (hit.warning !== undefined || hit.embedded) return;
    if (this.#size >= MOST) this.clear();
    this.#since = now;
    this.#until = hit.until;
    const kept = this.#find(asked);
    if (kept !== undefined) {
      kept.hit = hit;
      return;
    }
    const { widgetType, templateId, schemaVersion, plan } = asked;
    const record = templateId ?? widgetType;
    this.#byRecord.set(record, { widgetType, templateId, schemaVersion, plan, hit, next: this.#byRecord.get(record) });
    this.#size += 1;
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
