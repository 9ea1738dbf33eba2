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

  /** The decision on a request, if it was made before and still stands. */
  get(request, now) {
    const widgetType = request.widgetType ?? undefined;
    const templateId = request.templateId ?? undefined;
    const kept = this.#byRecord.get(templateId ?? widgetType)?.get(request.plan ?? undefined);
    const stands =
      kept !== undefined &&
      now >= kept.since &&
      now < kept.hit.until &&
      kept.asked.widgetType === widgetType &&
      kept.asked.templateId === templateId &&
      kept.asked.schemaVersion === request.schemaVersion;
    if (!stands) return undefined;
    this.#served += 1;
    return decision(kept.hit, now);
  }

  /** Keeps a hit that was just decided. One with a warning is decided each time, so that the warning is logged. */
  keep(asked, hit, now) {
    if (hit.warning !== undefined || !(now < hit.until)) return;
    if (this.#size >= MOST) this.clear();
    const record = asked.templateId ?? asked.widgetType;
    let plans = this.#byRecord.get(record);
    if (plans === undefined) this.#byRecord.set(record, (plans = new Map()));
    if (!plans.has(asked.plan)) this.#size += 1;
    plans.set(asked.plan, { asked, since: now, hit });
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
