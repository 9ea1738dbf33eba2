// What a caller asks for, read once: a request is whatever a caller has, and may be hostile.

/** @typedef {{ widgetType?: string | undefined, templateId?: string | undefined, schemaVersion?: string | undefined,
 *   plan?: string | undefined }} Asked the names that a lookup is about */

/** The longest name that is copied into the Wasm, in UTF-16 units. */
const LONGEST_NAME = 4096;

/** Half of a surrogate pair: it would reach the Wasm as another character, and JSON in canonical form has none. */
const LONE_SURROGATE = /\p{Cs}/u;

/** The longest part of an identifier that is logged, in UTF-16 units. */
const LONGEST_ID = 200;

/**
 * The names that a lookup is about. One that is not a string counts as missing.
 *
 * @param {any} request
 * @returns {Asked}
 */
export function asked(request) {
  try {
    const { widgetType, templateId, schemaVersion, plan } = request;
    return { widgetType: name(widgetType), templateId: name(templateId), schemaVersion: name(schemaVersion), plan: name(plan) };
  } catch {
    return {};
  }
}

/**
 * Who asks, for the logs.
 *
 * @param {any} request
 * @returns {{ requestId?: string, publicId?: string }}
 */
export function asker(request) {
  try {
    const { publicId, requestId } = request;
    return {
      ...(typeof requestId === "string" && { requestId: requestId.slice(0, LONGEST_ID) }),
      ...(typeof publicId === "string" && { publicId: publicId.slice(0, LONGEST_ID) }),
    };
  } catch {
    return {};
  }
}

/** @param {unknown} value */
function name(value) {
  if (typeof value !== "string") return undefined;
  return value.length > LONGEST_NAME || LONE_SURROGATE.test(value) ? nobodysName() : value;
}

/** @type {string | undefined} */
let nobodys;

/** Stands for a name that no record can have. Nobody can guess it. */
function nobodysName() {
  return (nobodys ??= `no record's name: ${Math.random()}`);
}
