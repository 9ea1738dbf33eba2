// Hits that Rust has decided, kept for as long as it said that they stay the answer. So a widget that is asked for again
// costs no call into the Wasm, nor does a refresh that finds nothing new. Nothing is decided here: at another moment, for other
// names, or after anything new from the store, Rust is asked.

/** @import { KeptHit } from "./decisions.js" */
/** @import { Item } from "./items.js" */
/** @import { Standing } from "./protocol.js" */
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
   * What may prolong it; nothing if there are none.
   *
   * @type {Standing | undefined}
   */
  #standing;

  /**
   * The hit that was decided on a request before, if it still stands.
   *
   * @param {unknown} request
   * @param {number} now
   */
  get(request, now) {
    return now >= this.#since && now < this.#until ? this.#find(request)?.hit : undefined;
  }

  /**
   * Whether a hit that was decided on a request before would be the answer if the manifest were read, and were the same.
   *
   * @param {unknown} request
   * @param {number} now
   */
  isDue(request, now) {
    const standing = this.#standing;
    const isNow = standing?.manifest !== undefined && now >= this.#since && now >= this.#until && now < standing.expiresAt;
    return isNow && this.#find(request) !== undefined;
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
   * @param {Standing} standing
   * @param {number} now
   */
  keep(asked, hit, standing, now) {
    if (hit.warning !== undefined || hit.embedded) return;
    if (this.#size >= MOST) this.clear();
    this.#since = now;
    this.#until = Math.min(standing.dueAt, standing.expiresAt);
    this.#standing = standing;
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
   * Whether a manifest that was read alone says that nothing is new. What is kept stays the answer then, from now on, and not
   * before it was decided.
   *
   * @param {Item} manifest
   * @param {number} number that of the read
   * @param {number} startedAt when it began
   * @param {number} now
   */
  confirm(manifest, number, startedAt, now) {
    const standing = this.#standing;
    // A value of the store may run code of its own while it is compared.
    if (standing?.manifest === undefined || !manifest.isSame(standing.manifest, true) || standing !== this.#standing) return false;
    this.#since = Math.max(this.#since, now);
    if (number > standing.number) {
      standing.number = number;
      this.#until = Math.min(startedAt + standing.refreshMs, standing.expiresAt);
    }
    return true;
  }

  /** Something came from the store: what is kept may not be the answer any more. */
  clear() {
    this.#byRecord.clear();
    this.#size = this.#until = 0;
    this.#standing = undefined;
  }
}
