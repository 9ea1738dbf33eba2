// What is handed on from the decision to the route, as request headers. They are Venice's own: whatever comes in under these
// names from outside is thrown away, and an instance that is too large for a header is left out.
import type { Decision } from "@clickeen/atlas";

import type { Course } from "./answer";
import type { Instance } from "./paris";

const PREFIX = "x-venice-";
/** Longest value of a handed-on header, in bytes: half of what common servers allow for all headers together. */
const MAX_BYTES = 8_192;

export interface Handover {
  /** `null` if it is too large for a header: then the route asks Paris for it again. */
  readonly instance: Instance | null;
  readonly course: Course;
  /** Whether the decision is to go to Paris. */
  readonly fallback: boolean;
  /** Milliseconds left of the request's budget. */
  readonly remainingMs: number;
  /** Headers for Paris on a fallback, such as `Atlas-Refresh-Hint`. */
  readonly parisHeaders: Readonly<Record<string, string>>;
}

/** A decision in brief: `hit; version=3` or `fallback; reason=timeout`. */
export function brief(decision: Decision): string {
  return decision.source === "atlas" ? `hit; version=${decision.version}` : `fallback; reason=${decision.reason}`;
}

/** The headers for the route: those of the request, without any of Venice's own names, and the handover. */
export function handOn(incoming: Headers, { instance, ...rest }: Handover): Headers {
  const headers = new Headers(incoming);
  for (const name of [...headers.keys()]) if (name.startsWith(PREFIX)) headers.delete(name);
  const encoded = encode(instance);
  if (encoded.length <= MAX_BYTES) headers.set(`${PREFIX}instance`, encoded);
  headers.set(`${PREFIX}decision`, encode(rest));
  return headers;
}

/** What was handed on, or `null` if no decision was made on the request. */
export function takeOver(headers: Headers): Handover | null {
  const rest = headers.get(`${PREFIX}decision`);
  if (rest === null) return null;
  const instance = headers.get(`${PREFIX}instance`);
  // Both were written by `handOn`, and nothing from outside keeps these names.
  return {
    ...(decode(rest) as Omit<Handover, "instance">),
    instance: instance === null ? null : (decode(instance) as Instance),
  };
}

function encode(value: unknown): string {
  return encodeURIComponent(JSON.stringify(value));
}

function decode(value: string): unknown {
  return JSON.parse(decodeURIComponent(value)) as unknown;
}
