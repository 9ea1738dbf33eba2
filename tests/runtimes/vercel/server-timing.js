/** What was decided on a request, for the header of its response. */
const timings = new WeakMap();

/** For `createAtlas({ onDecision })`. */
export function onDecision(decision, { request, elapsedMs }) {
  const outcome = decision.source === "atlas" ? "hit" : decision.reason;
  timings.set(request, `atlas;desc=${outcome};dur=${elapsedMs.toFixed(1)}`);
}

/** The value of `Server-Timing`, for the very object that was looked up. */
export function serverTiming(request) {
  return timings.get(request) ?? "";
}
