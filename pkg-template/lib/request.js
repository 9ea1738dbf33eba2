// What a caller asks for, read once: a request is whatever a caller has, and may be hostile.

/** @typedef {{ widgetType?: string | undefined, templateId?: string | undefined, schemaVersion?: string | undefined,
 *   plan?: string | undefined }} Asked the names that a lookup is about */

/** The longest name that is copied into the Wasm, in UTF-16 units. */
const LONGEST_NAME = 4096;

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

/**
 * Replaces a name that no record can have. It may be too long, or contain half of a surrogate pair, which the Wasm would see
 * as another character. Engines older than ES2024 cannot detect such a half.
 *
 * @param {unknown} value
 */
function name(value) {
  if (typeof value !== "string") return undefined;
  const isLone = /** @type {any} */ (value).isWellFormed?.() === false;
  return isLone || value.length > LONGEST_NAME ? nobodysName() : value;
}

/** @type {string | undefined} */
let nobodys;

/** Stands for a name that no record can have. Nobody can guess it. */
function nobodysName() {
  return (nobodys ??= `no record's name: ${Math.random()}`);
}
