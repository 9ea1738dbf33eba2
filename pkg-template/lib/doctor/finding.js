// What a check found.

/**
 * - `ok`: as it should be.
 * - `warning`: lookups are served, but something is worth a look.
 * - `problem`: lookups fall back to Paris, or will.
 * - `skipped`: could not be checked, because of another problem.
 *
 * @typedef {"ok" | "warning" | "problem" | "skipped"} Status
 */

/** @typedef {{ check: string, status: Status, message: string, advice?: string }} Finding `advice` says what to do */

/** @typedef {(message: string, advice: string) => Finding} Advising */

/**
 * Makes the findings of one check.
 *
 * @param {string} check
 */
export function findings(check) {
  return {
    /** @param {string} message @returns {Finding} */
    ok: (message) => ({ check, status: "ok", message }),
    /** @type {Advising} */
    warning: (message, advice) => ({ check, status: "warning", message, advice }),
    /** @type {Advising} */
    problem: (message, advice) => ({ check, status: "problem", message, advice }),
    /** @param {string} message @returns {Finding} */
    skipped: (message) => ({ check, status: "skipped", message }),
  };
}

/**
 * What an error says, with the cause that `fetch` hides.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message || ("code" in cause && cause.code) || cause.name})` : error.message;
}
