// The fetch from Paris, within what is left of a request's budget.
import { quietly } from "./log.js";

/**
 * Runs `fetchParis` with a signal that aborts after `remainingMs`. One that does not heed the signal is left behind, and
 * the body of what it brings too late is cancelled, so that no connection waits for a reader.
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
    const finish = (settle) => (value) => {
      clearTimeout(timer);
      settle(value);
    };
    work().then(finish((value) => (controller.signal.aborted ? discard(value) : resolve(value))), finish(reject));
  });
}

/** Cancels the body of a response that nobody will read. */
function discard(value) {
  try {
    if (!value.body.locked) quietly(value.body.cancel());
  } catch {
    // It is no response, or its body is somebody's already.
  }
}
