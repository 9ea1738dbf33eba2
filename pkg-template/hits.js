// Hits that Rust has decided, kept for as long as it said that they stay the answer. So a widget that is asked for again
// costs no call into the Wasm. Nothing is decided here: another moment, other names, anything new from the store, and
// Rust is asked.

/** How many are kept; when there are more, they are made anew. */
const MOST = 1024;

export class Hits {
  /** By the record that they are about, then by the plan. */
  #byRecord = new Map();
  #size = 0;
  #served = 0;
  /** From when to when they are the answer, all of one snapshot that was read at one time. */
  #since = 0;
  #until = 0;
  #expires = 0;

  /** The decision on a request, if it was made before and still stands. */
  get(request, now) {
    return now >= this.#since && now < this.#until ? this.#serve(this.find(request), now) : undefined;
  }

  /** The same, when the snapshot has just been found unchanged: it stands unless it has expired, or the clock went back. */
  getAgain(request, now) {
    return now >= this.#since && now < this.#expires ? this.#serve(this.find(request), now) : undefined;
  }

  /** The hit that was kept for a request, be it due to be read again. */
  find(request) {
    try {
      const widgetType = request.widgetType ?? undefined;
      const templateId = request.templateId ?? undefined;
      const kept = this.#byRecord.get(templateId ?? widgetType)?.get(request.plan ?? undefined);
      const same =
        kept !== undefined &&
        kept.asked.widgetType === widgetType &&
        kept.asked.templateId === templateId &&
        kept.asked.schemaVersion === request.schemaVersion;
      return same ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a hit that was just decided. One with a warning is decided each time, so that the warning is logged. */
  keep(asked, hit, now) {
    if (hit.warning !== undefined) return;
    if (this.#size >= MOST) this.clear();
    this.confirm(now, hit.until);
    this.#expires = hit.expires;
    const record = asked.templateId ?? asked.widgetType;
    let plans = this.#byRecord.get(record);
    if (plans === undefined) this.#byRecord.set(record, (plans = new Map()));
    if (!plans.has(asked.plan)) this.#size += 1;
    plans.set(asked.plan, { asked, hit });
  }

  /** At `now` they were decided, or found unchanged; they stay what they are until `until`. */
  confirm(now, until) {
    this.#since = now;
    this.#until = until;
  }

  clear() {
    this.#byRecord.clear();
    this.#size = 0;
  }

  /** How many were served since the last call. */
  takeServed() {
    const served = this.#served;
    this.#served = 0;
    return served;
  }

  #serve(kept, now) {
    if (kept === undefined) return undefined;
    this.#served += 1;
    return decision(kept.hit, now);
  }
}

/** The hit as its caller sees it, at this moment. */
export function decision({ version, updatedAt, checkedAt, template, schema, hints, warning }, now) {
  return {
    source: "atlas",
    version,
    updatedAt,
    ageMs: Math.max(0, now - checkedAt),
    template,
    schema,
    hints,
    warnings: warning === undefined ? [] : [warning],
  };
}
