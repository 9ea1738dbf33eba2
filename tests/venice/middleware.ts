// Decides, at the edge, where the data of a widget comes from, and hands the decision on to the route. The instance
// itself always comes from Paris; template, schema and hints from Atlas when it can be trusted.
import { NextResponse, type NextRequest } from "next/server";

import { badGateway, notFound, timed, type Course } from "./lib/answer";
import { createReader } from "./lib/atlas";
import { BUDGET_MS, startBudget } from "./lib/budget";
import { brief, handOn } from "./lib/handover";
import { fetchInstance, type Instance } from "./lib/paris";

export const config = { matcher: "/e/:publicId" };

const atlas = createReader("middleware");

export async function middleware(request: NextRequest): Promise<Response> {
  const budget = startBudget(BUDGET_MS);
  const requestId = requestIdOf(request.headers);
  const course: Course = { requestId, decision: null, atlasMs: 0, parisMs: 0 };
  const publicId = request.nextUrl.pathname.slice("/e/".length);
  if (!/^[\w-]{1,64}$/.test(publicId)) return notFound(course);

  let instance: Instance | null;
  try {
    const call = { requestId, signal: budget.signal() };
    instance = await timed(course, "parisMs", () => fetchInstance(publicId, call));
  } catch (error) {
    return badGateway(publicId, course, error);
  }
  if (instance === null) return notFound(course);

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
  return NextResponse.next({ request: { headers } });
}

/** The caller's request id, if it is a sane one, or a new one. */
function requestIdOf(headers: Headers): string {
  const given = headers.get("x-request-id");
  return given !== null && /^[\w.:-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}
