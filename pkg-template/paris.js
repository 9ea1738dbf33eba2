// The fetch from Paris, within what is left of a request's budget.

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
      controller.abort(reason);
      reject(reason);
    }, remainingMs);
    const work = async () => fetchParis(request, { signal: controller.signal, headers, remainingMs, decision });
    work()
      .then((value) => (controller.signal.aborted ? discard(value) : resolve(value)), reject)
      .finally(() => clearTimeout(timer));
  });
}

/** Cancels the body of a response that nobody will read. */
function discard(value) {
  const body = value?.body;
  if (typeof body?.cancel === "function" && !body.locked) body.cancel().catch(() => {});
}
