// The one budget of a request: what Atlas and Paris together may take.
// Made where the request comes in; the proxy hands what is left of it on to the route.

/** Milliseconds for all the data of one request. */
export const BUDGET_MS = 5_000;

export interface Budget {
  /** Milliseconds that are left, at least 0. */
  remainingMs(): number;
  /** Aborts when the budget, or the shorter time that is given, is used up. */
  signal(atMostMs?: number): AbortSignal;
}

/** Starts a budget of `totalMs` milliseconds now. */
export function startBudget(totalMs: number): Budget {
  const end = performance.now() + totalMs;
  const remainingMs = (): number => Math.max(0, Math.floor(end - performance.now()));
  return {
    remainingMs,
    signal: (atMostMs = Number.POSITIVE_INFINITY) => AbortSignal.timeout(Math.min(remainingMs(), Math.floor(atMostMs))),
  };
}
