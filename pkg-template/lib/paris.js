// The fetch from Paris, within what is left of a request's budget.
import { attempt } from "./attempt.js";

/** @import { AtlasFallback, LookupRequest, ParisContext } from "../index.js" */

/**
 * Runs `fetchParis` with a signal that aborts after `remainingMs`. A fetch that ignores the signal is abandoned; the body
 * of a response that comes too late is cancelled, so that no connection waits for a reader.
 *
 * @template T
 * @param {(request: LookupRequest, context: ParisContext) => Promise<T> | T} fetchParis
 * @param {LookupRequest} request
 * @param {AtlasFallback} decision
 * @param {number} budgetMs
 * @returns {Promise<T>}
 */
export function withinBudget(fetchParis, request, decision, budgetMs) {
  const { headers, remainingMs } = decision;
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const reason = new DOMException(`@clickeen/atlas: the budget of ${budgetMs} ms is used up`, "TimeoutError");
      reject(reason);
      controller.abort(reason);
    }, remainingMs);
    const work = async () => fetchParis(request, { signal: controller.signal, headers, remainingMs, decision });
    /** @template V @param {(value: V) => void} settle @returns {(value: V) => void} */
    const finish = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    work().then(finish((value) => (controller.signal.aborted ? discard(value) : resolve(value))), finish(reject));
  });
}

/**
 * Cancels the body of a response that nobody will read.
 *
 * @param {any} value whatever the fetch gave
 */
function discard(value) {
  // What is no response, or is being read already, is left alone.
  attempt(() => value.body.locked || value.body.cancel(), () => {});
}
