// Freezes a record when it is first served, so that no caller can change what another is served.

/** Records that were frozen, and found to be what their JSON says. */
const frozen = new WeakSet();

/**
 * The record, frozen to its depth. What JSON cannot have written (an accessor, a function, an infinite number) could
 * read otherwise than it was verified, and is a `TypeError`.
 */
export function freeze(record) {
  if (!frozen.has(record)) {
    freezeAll(record);
    frozen.add(record);
  }
  return record;
}

function freezeAll(value) {
  if (typeof value !== "object" || value === null) {
    if (value !== null && !isPlain(value)) throw new TypeError(`a verified record holds a ${typeof value}`);
    return;
  }
  if (typeof value.toJSON === "function") throw new TypeError("a verified record writes itself as something else");
  Object.freeze(value);
  for (const name of Object.keys(value)) {
    const member = Object.getOwnPropertyDescriptor(value, name);
    if (member === undefined || !("value" in member)) throw new TypeError("a verified record holds an accessor");
    freezeAll(member.value);
  }
}

function isPlain(value) {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
