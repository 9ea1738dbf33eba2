// Draws a widget with the data that was decided on before. If that was Paris, it goes there at once, so that a slow store
// is waited for once in a request, not twice.
import type { Atlas } from "@clickeen/atlas";

import { answer, badGateway, notFound, timed, type Course } from "./answer";
import { startBudget, type Budget } from "./budget";
import { brief, takeOver, type Handover } from "./handover";
import { widgetPage } from "./page";
import { fetchInstance, fetchWidget, type Instance, type WidgetData } from "./paris";

/** One request for a widget. */
interface Visit {
  readonly publicId: string;
  readonly course: Course;
  readonly budget: Budget;
  readonly atlas: Atlas;
}

/** The page of a widget, for a request that `decide` has handed on. Never rejects. */
export async function draw(headers: Headers, publicId: string, atlas: Atlas): Promise<Response> {
  const handover = takeOver(headers);
  // Only what has been decided on is sent here.
  if (handover === null) return notFound({ requestId: crypto.randomUUID(), decision: null, atlasMs: 0, parisMs: 0 });

  const { course } = handover;
  const visit: Visit = { publicId, course, budget: startBudget(handover.remainingMs), atlas };
  try {
    const data = await find(visit, handover);
    return data === null ? notFound(course) : answer(200, widgetPage(data), course);
  } catch (error) {
    return badGateway(publicId, course, error);
  }
}

/** The widget's data from where it was decided, or `null` if there is no such widget. */
async function find(visit: Visit, handover: Handover): Promise<WidgetData | null> {
  if (handover.fallback) return askParis(visit, handover.parisHeaders);
  const instance = handover.instance ?? (await askForInstance(visit));
  return instance === null ? null : askAtlas(visit, instance);
}

/** There was a hit. This reader has a memory of its own, so it decides for itself, and may still fall back. */
async function askAtlas(visit: Visit, instance: Instance): Promise<WidgetData | null> {
  const { publicId, course, atlas } = visit;
  const { widgetType, templateId, schemaVersion, plan } = instance;
  const lookup = { publicId, requestId: course.requestId, widgetType, templateId, schemaVersion, plan };
  const parisMs = course.parisMs;
  const resolved = await timed(course, "atlasMs", () =>
    atlas.resolve(lookup, (_, { decision, headers, remainingMs }) => {
      course.decision = brief(decision);
      return askParis(visit, headers, remainingMs);
    }),
  ).finally(() => {
    course.atlasMs -= course.parisMs - parisMs;
  });
  course.decision = brief(resolved);
  if (resolved.source === "paris") return resolved.value;
  const { template, schema, hints } = resolved;
  return { instance, template, schema, hints };
}

function askParis(
  { publicId, course, budget }: Visit,
  headers: Readonly<Record<string, string>>,
  atMostMs?: number,
): Promise<WidgetData | null> {
  const call = { requestId: course.requestId, signal: budget.signal(atMostMs), headers };
  return timed(course, "parisMs", () => fetchWidget(publicId, call));
}

function askForInstance({ publicId, course, budget }: Visit): Promise<Instance | null> {
  const call = { requestId: course.requestId, signal: budget.signal() };
  return timed(course, "parisMs", () => fetchInstance(publicId, call));
}
