// Calls what a caller gave, which may do anything.

/**
 * Calls a callback, and gives what it returns. Whether it throws or gives a promise that rejects, the error goes to `failed`
 * and no further.
 *
 * @param {() => unknown} callback
 * @param {(error: unknown) => void} failed
 */
export function attempt(callback, failed) {
  try {
    const result = /** @type {any} */ (callback());
    if (typeof result === "object" && result !== null && typeof result.then === "function") result.then(undefined, failed);
    return /** @type {unknown} */ (result);
  } catch (error) {
    return failed(error);
  }
}
