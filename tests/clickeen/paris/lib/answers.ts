// What the routes of Paris answer with, and who may ask.
import { createHash, timingSafeEqual } from "node:crypto";

/** An error, in the shape of all of Paris's errors. */
export function failure(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status });
}

/** Whether a request carries the secret. Without a secret nobody is allowed. */
export function isAllowed(request: Request, secret: string | undefined): boolean {
  if (!secret) return false;
  const given = request.headers.get("authorization") ?? "";
  // Hashes are of one length, as the comparison needs, and it takes the same time wherever they differ.
  return timingSafeEqual(digest(given), digest(`Bearer ${secret}`));
}

const PUBLIC_ID = /^[\w-]{1,64}$/;

/** Looks something up and answers with it: 404 if there is none, 502 if Michael did not answer. */
export async function lookUp(publicId: string, find: (publicId: string) => Promise<object | null>): Promise<Response> {
  try {
    // What cannot be an id is not asked for: PostgreSQL would refuse some of it with an error.
    const found = PUBLIC_ID.test(publicId) ? await find(publicId) : null;
    return found === null ? failure(404, "not_found", "there is no widget of this id") : Response.json(found);
  } catch (error) {
    console.error(`paris: Michael did not answer: ${error instanceof Error ? error.message : "unknown"}`);
    return failure(502, "michael_unavailable", "Michael did not answer");
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
