// Fetches from Paris, which serves everything that Atlas does not. What comes back is checked before it is used; a
// failure is a `ParisError`, which says what happened and holds nothing of the answer.
import type { JsonObject, PlanHints, Template } from "@clickeen/atlas";

/** A widget instance, as Paris serves it. */
export interface Instance {
  readonly publicId: string;
  readonly status: string;
  readonly widgetType: string | null;
  readonly templateId: string | null;
  readonly schemaVersion: string | null;
  readonly plan: string | null;
  readonly config: JsonObject;
  /** Whether the owner wants the backlink hidden, and whether Clickeen shows it all the same. */
  readonly branding: { readonly hide: boolean; readonly enforced: boolean | null };
  readonly updatedAt: string;
}

/** All that is needed to render an instance: what Atlas would have given, from Michael itself. */
export interface WidgetData {
  readonly instance: Instance;
  readonly template: Template | null;
  readonly schema: JsonObject | null;
  readonly hints: PlanHints;
}

/** Paris did not give a usable answer. */
export class ParisError extends Error {
  override readonly name = "ParisError";
}

export interface ParisCall {
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** Headers to send along, such as `Atlas-Refresh-Hint`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The instance, or `null` if there is none of that id. */
export async function fetchInstance(publicId: string, call: ParisCall): Promise<Instance | null> {
  const body = await get(`/api/instance/${encodeURIComponent(publicId)}`, call);
  if (body === null) return null;
  if (!isInstance(body)) throw new ParisError("expected an instance, found another shape");
  return body;
}

/** The instance with its template, schema and hints, or `null` if there is none of that id. */
export async function fetchWidget(publicId: string, call: ParisCall): Promise<WidgetData | null> {
  const body = await get(`/api/widget/${encodeURIComponent(publicId)}`, call);
  if (body === null) return null;
  if (!isWidgetData(body)) throw new ParisError("expected a widget's data, found another shape");
  return body;
}

async function get(path: string, { requestId, signal, headers }: ParisCall): Promise<unknown> {
  const base = process.env.PARIS_URL ?? "http://127.0.0.1:4620";
  const key = process.env.VENICE_KEY;
  // Without it Paris answers too, but believes no hint and no counts.
  const who = key ? { authorization: `Bearer ${key}` } : {};
  try {
    const response = await fetch(new URL(path, base), {
      headers: { ...headers, ...who, accept: "application/json", "x-request-id": requestId },
      cache: "no-store",
      signal,
    });
    if (response.status === 404) return null;
    if (!response.ok) throw new ParisError(`expected status 200, found ${response.status}`);
    return (await response.json()) as unknown;
  } catch (error) {
    if (error instanceof ParisError) throw error;
    throw new ParisError(signal.aborted ? "no answer within the budget" : "no answer", { cause: error });
  }
}

function isInstance(value: unknown): value is Instance {
  return (
    isObject(value) &&
    typeof value.publicId === "string" &&
    [value.widgetType, value.templateId, value.schemaVersion, value.plan].every(isTextOrNull) &&
    isObject(value.config) &&
    isObject(value.branding)
  );
}

function isWidgetData(value: unknown): value is WidgetData {
  return (
    isObject(value) &&
    isInstance(value.instance) &&
    (value.template === null || (isObject(value.template) && isObject(value.template.defaults))) &&
    (value.schema === null || isObject(value.schema)) &&
    isObject(value.hints) &&
    isObject(value.hints.branding)
  );
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
