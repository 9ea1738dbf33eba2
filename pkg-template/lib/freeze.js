// Freezes a record when it is first served, so that no caller can change what another is served.

/**
 * Records that were frozen, and found to be what their JSON says.
 *
 * @type {WeakSet<object>}
 */
const frozen = new WeakSet();

/**
 * The record, frozen to its depth.
 *
 * @template {object} T
 * @param {T} record
 * @returns {T}
 * @throws {TypeError} for what JSON cannot have written (an accessor, a function, an infinite number), since it could read
 *   differently from what was verified.
 */
export function freeze(record) {
  if (!frozen.has(record)) {
    freezeAll(record);
    frozen.add(record);
  }
  return record;
}

/** @param {any} value */
function freezeAll(value) {
  if (value === null || isPlain(value)) return;
  // What JSON.parse makes has no prototype but those of its realm; a `Map` or a `Boolean` is written as what it is not.
  const prototype = Object.getPrototypeOf(value ?? 0);
  if (!Array.isArray(value) && prototype && Object.getPrototypeOf(prototype)) throw changed();
  Object.freeze(value);
  // A `toJSON` may be hidden.
  for (const name of Object.getOwnPropertyNames(value)) {
    const member = Object.getOwnPropertyDescriptor(value, name);
    if (member === undefined || !("value" in member)) throw changed();
    freezeAll(member.value);
  }
}

/** @param {unknown} value */
function isPlain(value) {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function changed() {
  return new TypeError("a verified record is no JSON");
}
