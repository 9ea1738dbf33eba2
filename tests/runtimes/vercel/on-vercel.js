import { createAtlas } from "@clickeen/atlas";
import { createClient } from "@vercel/edge-config";
import { getDeadline, waitUntil } from "@vercel/functions";
// #region tests
import { options } from "./options.js";
// #endregion

/** The time that an answer takes once its data is there. */
const RESERVE_MS = 500;

const client = createClient(process.env.ATLAS_EDGE_CONFIG, { staleIfError: false });
const atlas = createAtlas({
  client,
  revalidate: "background",
  // #region tests
  ...options,
  // #endregion
});

/** The decision on an instance. A refresh behind the answer is finished before the function is suspended. */
export function decide(instance, fetchParis) {
  const inTime = (request, { signal, ...context }) => fetchParis(request, { ...context, signal: beforeDeadline(signal) });
  return atlas.resolve(instance, inTime, { waitUntil });
}

/** The signal, or an earlier abort where Vercel would end the function first. */
function beforeDeadline(signal) {
  const deadline = getDeadline();
  if (deadline === undefined) return signal;
  const leftMs = Math.max(0, deadline.getTime() - Date.now() - RESERVE_MS);
  return AbortSignal.any([signal, AbortSignal.timeout(leftMs)]);
}
