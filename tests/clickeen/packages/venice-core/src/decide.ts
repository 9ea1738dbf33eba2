// Decides where the data of a widget comes from, before the route draws it, and hands the decision on. The instance
// itself always comes from Paris; template, schema and hints from Atlas when it can be trusted.
// It runs in `proxy.ts` on Node and in `middleware.ts` on the edge runtime alike.
import type { Atlas } from "@clickeen/atlas";

import { badGateway, notFound, timed, type Course } from "./answer";
import { BUDGET_MS, startBudget } from "./budget";
import { brief, handOn } from "./handover";
import { fetchInstance, type Instance } from "./paris";

/** An answer to give at once, or the headers with which the request goes on to the route. */
export type Decided = { readonly answer: Response } | { readonly headers: Headers };

/** Decides on one request for `/e/<publicId>`. Never rejects. */
export async function decide(request: Request, atlas: Atlas): Promise<Decided> {
  const budget = startBudget(BUDGET_MS);
  const requestId = requestIdOf(request.headers);
  const course: Course = { requestId, decision: null, atlasMs: 0, parisMs: 0 };
  const publicId = new URL(request.url).pathname.slice("/e/".length);
  if (!/^[\w-]{1,64}$/.test(publicId)) return { answer: notFound(course) };

  let instance: Instance | null;
  try {
    const call = { requestId, signal: budget.signal() };
    instance = await timed(course, "parisMs", () => fetchInstance(publicId, call));
  } catch (error) {
    return { answer: badGateway(publicId, course, error) };
  }
  if (instance === null) return { answer: notFound(course) };

  const { widgetType, templateId, schemaVersion, plan } = instance;
  const lookup = { publicId, requestId, widgetType, templateId, schemaVersion, plan };
  const decision = await timed(course, "atlasMs", () => atlas.lookup(lookup));
  course.decision = brief(decision);
  const fallback = decision.source === "paris";
  const headers = handOn(request.headers, {
    instance,
    course,
    fallback,
    remainingMs: fallback ? Math.min(budget.remainingMs(), decision.remainingMs) : budget.remainingMs(),
    parisHeaders: fallback ? decision.headers : {},
  });
  return { headers };
}

/** The caller's request id, if it is a sane one, or a new one. */
function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && /^[\w.:-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}
