// Venice's answers: a page, and the headers that tell where its data came from and how long that took.
import type { Html } from "./html";
import { plainPage } from "./page";

/** What is known about a request; it is filled in while the request goes on, and shown in the answer's headers. */
export interface Course {
  readonly requestId: string;
  /** `hit; version=3` or `fallback; reason=timeout`; `null` while no decision is reached. */
  decision: string | null;
  /** Milliseconds spent in Atlas and in waiting for Paris. */
  atlasMs: number;
  parisMs: number;
}

/** Runs a piece of work and adds the time that it takes to the course. */
export async function timed<T>(course: Course, part: "atlasMs" | "parisMs", work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    course[part] += performance.now() - started;
  }
}

/** A page with its headers. */
export function answer(status: number, body: Html, course: Course): Response {
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; form-action 'self'",
    "x-content-type-options": "nosniff",
    // Each answer shows its own decision; a copy in a cache would hide it.
    "cache-control": "no-store",
    "x-request-id": course.requestId,
    "server-timing": `atlas;dur=${course.atlasMs.toFixed(1)}, paris;dur=${course.parisMs.toFixed(1)}`,
  });
  if (course.decision !== null) headers.set("x-atlas", course.decision);
  return new Response(body.markup, { status, headers });
}

export function notFound(course: Course): Response {
  return answer(404, plainPage("Not found", "There is no widget at this address."), course);
}

/** Paris could not give what Atlas could not. What went wrong is in the log, under the request's id. */
export function badGateway(publicId: string, course: Course, error: unknown): Response {
  const message = error instanceof Error ? error.message : "unknown";
  const { requestId } = course;
  console.error(JSON.stringify({ event: "paris_unavailable", level: "error", requestId, publicId, message }));
  return answer(502, plainPage("Not available", "This widget cannot be loaded just now."), course);
}
